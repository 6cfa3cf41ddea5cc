# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The weekly list of what waits to be updated on this host."""

from __future__ import annotations

import re
import subprocess
import time

from .alert import Alert

PENDING = re.compile(r"Inst (\S+) \[([^\]]*)\] \((\S+)")
MOST_NAMED = 15


class Updates:
    name = "updates"

    def __init__(self, settings, memory, pending=None, local=time.localtime):
        self._weekday, self._hour, self._host = settings["weekday"], settings["hour"], settings["host"]
        self._memory, self._pending, self._local = memory, pending or apt_pending, local

    def look(self, now):
        """Return the list, once in the week."""
        local = self._local(now)
        week = time.strftime("%G-%V", local)
        if self._memory.get("week") == week or (local.tm_wday, local.tm_hour) < (self._weekday, self._hour):
            return []
        self._memory["week"] = week
        alert = self._alert(self._pending(), week)
        return [alert] if alert else []

    def _alert(self, pending, week):
        if not pending:
            return None
        named = [f"{name} {old} → {new}" for name, old, new in pending[:MOST_NAMED]]
        named += [f"… and {len(pending) - MOST_NAMED} more"] if len(pending) > MOST_NAMED else []
        title = f"{len(pending)} update{'' if len(pending) == 1 else 's'} waiting on {self._host}"
        return Alert(f"updates:{week}", title, "\n".join(named), "note")

    def drill(self, now):
        """Return this week's list, or one of a made-up update where nothing waits."""
        return self._alert(self._pending() or [("drill", "1", "2")], "drill")


def apt_pending():
    """Return [(package, installed, waiting)], as apt itself would do it."""
    argv = ["apt-get", "--simulate", "-o", "Debug::NoLocking=1", "dist-upgrade"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    return [found.groups() for found in map(PENDING.match, done.stdout.splitlines()) if found]
