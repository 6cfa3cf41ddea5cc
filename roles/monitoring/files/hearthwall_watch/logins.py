# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failed logins to Home Assistant: several from one address in a short time.

Home Assistant fires no event for them; it writes a line to its log. The user agent in that line is the stranger's own
word, so only what stands before it is believed.
"""

from __future__ import annotations

import json
import re
import subprocess

from .alert import Alert

FAILED = re.compile(
    r".{0,80}?\[homeassistant\.components\.http\.ban\] Login attempt or request with invalid authentication from "
    r"(?P<name>\S{0,255}) \((?P<address>[0-9a-fA-F.:]{2,45})(?:%\w+)?\)\. ?Requested URL: '(?P<url>[^']*)'\. ?"
    r"\((?P<agent>.*)\)\Z",
    re.DOTALL,
)
BANNED = re.compile(r".{0,80}?\[homeassistant\.components\.http\.ban\] Banned IP (?P<address>[0-9a-fA-F.:]{2,45}) ")
MOST_SOURCES = 1000


class Logins:
    name = "logins"

    def __init__(self, settings, memory, read=None):
        self._threshold, self._window = settings["threshold"], settings["window"]
        self._memory = memory
        self._read = read or Journal(settings["unit"], memory, self._window)

    def look(self, now):
        """Return the alerts that what was logged since the last look gives rise to."""
        attempts, banned = self._memory.setdefault("attempts", {}), self._memory.setdefault("banned", {})
        touched = set()
        for at, line in self._read():
            failed, ban = FAILED.match(line), BANNED.match(line)
            if failed:
                entry = {"at": at, "name": failed["name"], "agent": failed["agent"][:120]}
                attempts.setdefault(failed["address"], []).append(entry)
                touched.add(failed["address"])
            elif ban:
                banned[ban["address"]] = at
                touched.add(ban["address"])
        for address in list(attempts):
            attempts[address] = [each for each in attempts[address] if now - each["at"] <= self._window][-500:]
            if not attempts[address]:
                del attempts[address]
        for known in (attempts, banned):
            for address in list(known)[:-MOST_SOURCES]:
                del known[address]
        alerts = [self._alert(address, attempts.get(address, []), address in banned) for address in sorted(touched)]
        return [each for each in alerts if each]

    def _alert(self, address, entries, banned):
        if len(entries) < self._threshold and not (banned and entries):
            return None
        last = entries[-1]
        name = f" ({last['name']})" if last["name"] not in ("", address) else ""
        seconds = max(1, round(last["at"] - entries[0]["at"]))
        agents = sorted({each["agent"] for each in entries})
        agent = f"{last['agent']!r}" + (f" and {len(agents) - 1} others" if len(agents) > 1 else "")
        standing = "Home Assistant has banned the address." if banned else "The address is not banned (yet)."
        return Alert(
            key=f"logins:{address}:{'banned' if banned else 'open'}",
            title="Failed logins to Home Assistant",
            message=f"{len(entries)} in {seconds} s from {address}{name}, user agent {agent}. {standing}",
            level="warning",
        )

    def drill(self, now):
        """Return what a look would have, had somebody guessed passwords."""
        entries = [{"at": now, "name": "192.0.2.1", "agent": "drill"}] * self._threshold
        return self._alert("192.0.2.1", entries, False)


class Journal:
    """The lines of a unit since the last time."""

    def __init__(self, unit, memory, window):
        self._unit, self._memory, self._window = unit, memory, window

    def __call__(self):
        cursor = self._memory.get("cursor")
        done = self._ask("--after-cursor", cursor) if cursor else None
        if done is None or done.returncode != 0:  # the journal that the cursor was of is gone
            done = self._ask("--since", f"-{self._window}s")
        lines = []
        for text in done.stdout.splitlines():
            try:
                entry = json.loads(text)
            except ValueError:
                continue
            self._memory["cursor"] = entry.get("__CURSOR")
            if isinstance(entry.get("MESSAGE"), str):  # what is not text comes as a list of bytes
                lines.append((int(entry["__REALTIME_TIMESTAMP"]) / 1e6, entry["MESSAGE"]))
        return lines

    def _ask(self, *since):
        argv = ["journalctl", "--unit", self._unit, "--output", "json", "--quiet", "--no-pager", *since]
        argv += ["--output-fields", "MESSAGE"]
        return subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=60, check=False)
