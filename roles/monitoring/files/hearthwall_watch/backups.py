# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What became of the backup's copies: a note on success, louder on failure, loudest on silence.

The role backup leaves behind, for each place that copies go to, when it was tried and when it succeeded last.
"""

from __future__ import annotations

import calendar
import json
import time

from .alert import Alert

HOUR = 3600


class Backups:
    name = "backups"

    def __init__(self, settings, memory, read=None):
        self._silent, self._host = settings["silent_after_hours"] * HOUR, settings["host"]
        self._memory = memory
        self._read = read or (lambda: read_state(settings["state"]))

    def look(self, now):
        """Return what is new about each place, and an alert where nothing has succeeded for too long."""
        targets, known = self._read(), self._memory.setdefault("targets", {})
        begun = self._memory.setdefault("begun", now)
        alerts = [alert for name in sorted(targets) for alert in self._news(name, targets[name], known)]
        newest = max((_moment(each.get("succeeded")) for each in targets.values()), default=0)
        if now - max(newest, begun if not newest else 0) > self._silent:
            alerts.append(self._silence(newest, now))
        return alerts

    def _news(self, name, state, known):
        seen, attempted, succeeded = known.get(name), state.get("attempted"), state.get("succeeded")
        known[name] = {"attempted": attempted, "succeeded": succeeded, "error": state.get("error")}
        if seen is None or known[name] == seen:  # what happened before the watch began is no news
            return
        if state.get("error"):
            words = f"The copy of {self._host} to {name} failed: {state['error']}"
            # Since a success it is another failure.
            yield Alert(f"backup:failed:{name}:{succeeded}", "A backup failed", words, "warning")
        elif succeeded != seen["succeeded"]:
            seconds = f" in {state['seconds']} s" if state.get("seconds") is not None else ""
            words = f"{self._host} was copied to {name}{seconds}."
            yield Alert(f"backup:done:{name}:{succeeded}", "Backup done", words, "note")

    def _silence(self, newest, now):
        last = f"The last one was {round((now - newest) / HOUR)} hours ago." if newest else "There has never been one."
        words = f"No copy of {self._host} has succeeded for {round(self._silent / HOUR)} hours. {last}"
        return Alert(f"backup:silence:{newest}", "No backup", words, "critical")

    def drill(self, now):
        """Return what a look would have, had there been no backup for long."""
        return self._silence(now - 2 * self._silent, now)


def read_state(path):
    """Return {place: what is known of it}; nothing where there is no such file."""
    try:
        with open(path, encoding="utf-8") as stream:
            found = json.load(stream)
        return {name: each for name, each in found["targets"].items() if isinstance(each, dict)}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}


def _moment(text):
    try:
        return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    except (TypeError, ValueError):
        return 0
