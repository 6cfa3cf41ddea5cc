# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of alerts: the hands of the tests on receiver.py."""

from __future__ import annotations

import json
import time

from lab import ROOT

RECEIVED = "/tmp/received-alerts"


class Receiver:
    """A web server on one of the hosts, which writes down what comes."""

    def __init__(self, lab, host="nas"):
        self._lab, self._host = lab, host
        code = (ROOT / "tests/home/receiver.py").read_text(encoding="utf-8")
        lab.on(host, "sh", "-c", f"rm -f {RECEIVED}; cat > /tmp/receiver.py", stdin=code).ok()
        command = ["python3", "/tmp/receiver.py", "8025", RECEIVED]
        lab.on(host, "systemd-run", "--unit", "receiver", "--collect", *command).ok()

    def all(self):
        lines = self._lab.on(self._host, "sh", "-c", f"cat {RECEIVED} 2>/dev/null || true").out.splitlines()
        return [json.loads(line) for line in lines]

    def about(self, words, since):
        return [
            each for each in self.all() if words in f"{each.get('title')} {each.get('message')}" and each["at"] >= since
        ]

    def wait(self, words, since, seconds=120):
        """Return the alert, and print how long after ``since`` it came."""
        end = time.time() + seconds
        while time.time() < end:
            found = self.about(words, since)
            if found:
                print(f"\n{found[0]['title']}: {found[0]['at'] - since:.1f} s from the event to the receiver")
                return found[0]
            time.sleep(0.5)
        raise AssertionError(f"no alert about {words!r} within {seconds} s; came: {self.all()}")

    def stop(self):
        self._lab.on(self._host, "systemctl", "stop", "receiver")


def now(lab):
    return float(lab.on("nas", "date", "+%s.%N").ok().out)
