# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether Home Assistant can be reached, asked from another machine. One lost packet is no outage."""

from __future__ import annotations

import urllib.error

from .alert import Alert
from .delivery import fetch, reason

# From a proxy: it is there, and Home Assistant is not.
BEHIND_IS_DOWN = (502, 503, 504)
TIMEOUT = 8


class Reach:
    name = "reach"

    def __init__(self, settings, memory, ask=None):
        self._door = settings["door"]
        self._failures, self._successes, self._every = settings["failures"], settings["successes"], settings["every"]
        self._host = settings["host"]
        self._memory = memory
        self._ask = ask or self._fetch

    def look(self, now):
        """Return an alert when it went away for good, and one when it came back for good."""
        memory = self._memory
        if now < memory.get("next", 0):
            return []
        memory["next"] = now + self._every
        wrong = self._ask()
        down = memory.get("down", False)
        if bool(wrong) == down:
            memory["row"] = 0
            return []
        memory["row"] = memory.get("row", 0) + 1
        if memory["row"] == 1:
            memory["since"] = now
        if memory["row"] < (self._successes if down else self._failures):
            return []
        memory.update(row=0, down=not down)
        if down:
            minutes = max(1, round((memory["since"] - memory.get("gone", memory["since"])) / 60))
            words = f"It answers again, seen from {self._host}, after about {minutes} min."
            return [Alert(f"reach:back:{int(now)}", "Home Assistant is back", words, "note")]
        memory["gone"] = memory["since"]
        return [self._alert(wrong, now)]

    def _alert(self, wrong, now):
        words = f"Seen from {self._host}: {wrong}, {self._failures} times in a row."
        return Alert(f"reach:gone:{int(now)}", "Home Assistant cannot be reached", words, "critical")

    def _fetch(self):
        """Return what is wrong, or ''."""
        try:
            fetch(**self._door, timeout=TIMEOUT)
        except urllib.error.HTTPError as error:
            return f"HTTP {error.code} from its proxy" if error.code in BEHIND_IS_DOWN else ""
        except (OSError, ValueError) as error:
            return reason(error)
        return ""

    def drill(self, now):
        """Return what a look would have, had Home Assistant gone."""
        return self._alert("a drill", now)
