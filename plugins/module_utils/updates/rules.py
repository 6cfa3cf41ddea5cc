# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done about each pending update: due now, or waiting, and why."""

from __future__ import annotations

import datetime
import fnmatch

from ansible_collections.hearthwall.home.plugins.module_utils.updates import versions

DEFAULTS = {
    "channel": "stable",
    "min_age_days": 7,
    "skip_first_of_month": True,
    "hold": [],
    "allow": [],
    "breaks": {},
    "window": {},
}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Rules:
    """The home's policy about updates."""

    def __init__(self, given, today):
        self.given = {**DEFAULTS, **(given or {})}
        self.today = today

    def decide(self, update):
        """Return (whether the update is due, why)."""
        name = f"{update['kind']}/{update['name']}"
        for pattern, why in self._patterns("hold"):
            if self._names(update, pattern):
                return False, why or f"held by {pattern}"
        if update["kind"] == "core":
            waits = self._of_core(update)
            if waits:
                return False, waits
        if update.get("security"):
            return True, "a security update"
        if any(self._names(update, pattern) for pattern, _why in self._patterns("allow")):
            return True, "allowed without waiting"
        return self._aged(update, name)

    def _patterns(self, which):
        given = self.given[which]
        return given.items() if isinstance(given, dict) else ((pattern, None) for pattern in given)

    @staticmethod
    def _names(update, pattern):
        full = f"{update['kind']}/{update['name']}"
        wanted = {full, f"{full}@{update['latest']}", update["name"], update["kind"]}
        return any(fnmatch.fnmatch(name, pattern) for name in wanted)

    def _of_core(self, update):
        latest = update["latest"]
        if versions.is_beta(latest) and self.given["channel"] != "beta":
            return f"{latest} is a beta"
        broken = self.given["breaks"].get(str(latest))
        if broken:
            return f"{latest} is on the list of what breaks: {broken}"
        if self.given["skip_first_of_month"] and versions.is_first_of_month(latest):
            return f"{latest} is the first of its month"
        return None

    def _aged(self, update, name):
        wanted = self.given["min_age_days"]
        if not wanted:
            return True, "no waiting time"
        age = self.age(update)
        if age is None:
            return False, f"how long {name} has been out is not known yet"
        if age < wanted:
            return False, f"out for {age} of {wanted} days"
        return True, f"out for {age} days"

    def age(self, update):
        """Return for how many days at least an update has been out, or None."""
        days = [update.get("released"), update.get("first_seen")]
        known = [datetime.date.fromisoformat(str(day)[:10]) for day in days if day]
        return (self.today - min(known)).days if known else None

    def open_window(self, now):
        """Return None inside the maintenance window, else why it is not open."""
        window = self.given["window"]
        if not window:
            return None
        days = window.get("days") or DAYS
        start, end = _minutes(window.get("from", "00:00")), _minutes(window.get("to", "24:00"))
        minute, day = now.hour * 60 + now.minute, DAYS[now.weekday()]
        if start > end and minute < end:  # it began the evening before
            day = DAYS[(now.weekday() - 1) % 7]
        inside = start <= minute < end if start <= end else minute >= start or minute < end
        if day in days and inside:
            return None
        return (
            f"the maintenance window is {', '.join(days)} {window.get('from', '00:00')} to {window.get('to', '24:00')}"
        )


def _minutes(text):
    hours, minutes = str(text).split(":")
    return int(hours) * 60 + int(minutes)
