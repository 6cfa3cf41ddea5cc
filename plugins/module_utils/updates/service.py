# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The unit that runs Home Assistant, and which release it runs: a drop-in that is written, and taken back."""

from __future__ import annotations

import os
import re
import subprocess
import time

from ansible_collections.hearthwall.home.plugins.module_utils.host import place

NAME = "hearthwall-release.conf"
HEAD = "# Written by Hearthwall: the release of Home Assistant that this unit runs.\n[Service]\n"
# So often may a new release be started before it counts as one that does not come up.
RESTARTS = 4


class UnitError(Exception):
    """systemd does not do what it is asked to."""


def systemctl(*arguments, timeout=180):
    """Run systemctl and return what it printed."""
    try:
        run = subprocess.run(["systemctl", *arguments], capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise UnitError(f"systemctl {' '.join(arguments)} took longer than {timeout} s") from error
    if run.returncode:
        raise UnitError(f"systemctl {' '.join(arguments)}: {run.stderr.strip() or run.returncode}")
    return run.stdout


def show(unit, *names):
    """Return properties of a unit."""
    lines = systemctl("show", *(f"--property={name}" for name in names), unit).splitlines()
    return dict(line.split("=", 1) for line in lines)


class Service:
    """The unit, and its drop-in."""

    def __init__(self, unit, root="/etc/systemd/system"):
        self.unit = unit
        self.path = os.path.join(root, f"{unit}.d", NAME)

    def drop_in(self):
        """Return the text of the drop-in; None where there is none."""
        try:
            with open(self.path, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def text_for(self, release):
        """Return the drop-in that makes the unit run a release."""
        if release["kind"] == "root":
            return f"{HEAD}RootDirectory={release['path']}\n"
        told = show(self.unit, "ExecStart", "RootDirectory")
        found = re.search(r"argv\[\]=(.*?) ; ", told["ExecStart"])
        if told.get("RootDirectory") or not found:
            raise UnitError(f"{self.unit} does not start Home Assistant from a virtual environment of this host")
        rest = found.group(1).split(" ", 1)[1:]
        return f"{HEAD}ExecStart=\nExecStart={' '.join([os.path.join(release['path'], 'bin/hass'), *rest])}\n"

    def put(self, text):
        """Make the drop-in this text, or take it away."""
        folder = os.path.dirname(self.path)
        if text is None:
            if os.path.lexists(self.path):
                os.unlink(self.path)
        else:
            place.put_directory(folder, 0o755, os.geteuid(), os.getegid())
            place.put_file(self.path, text.encode(), 0o644, os.geteuid(), os.getegid())
        systemctl("daemon-reload")

    def stop(self):
        systemctl("stop", self.unit)

    def start(self):
        """Start it without waiting: whether it comes up is looked at afterwards."""
        subprocess.run(["systemctl", "reset-failed", self.unit], capture_output=True, timeout=30, check=False)
        systemctl("start", "--no-block", self.unit)

    def await_answer(self, answers, seconds):
        """Return None once ``answers()`` is true, else why it is not waited for any longer."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if answers():
                return None
            told = show(self.unit, "NRestarts", "ActiveState", "Result")
            if told["ActiveState"] == "failed" or int(told["NRestarts"] or 0) >= RESTARTS:
                return f"it does not stay up ({told['Result']}, started {told['NRestarts']} times again)"
            time.sleep(1)
        return f"it does not answer within {seconds} s"
