# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alerts on their way: told once and not a hundred times, not at night unless they are critical, and not lost.

Plain data in, plain data out: ``box`` is the part of the memory that outlives a restart.
"""

from __future__ import annotations

import time

from .alert import Alert

HOUR = 3600
DAY = 24 * HOUR
# A path that does not take an alert is tried again after these seconds, then after the last of them for a day.
PATIENCE = (5, 15, 60, 300)


class Outbox:
    def __init__(self, box, repeat=6 * HOUR, most_per_hour=12, quiet=None, clock=time.time, local=time.localtime):
        self._told = box.setdefault("told", {})  # key: when it was told last
        self._held = box.setdefault("held", {})  # key: how often it was not told since
        self._queue = box.setdefault("queue", [])
        self._recent = box.setdefault("recent", [])  # when the alerts of the last hour were taken
        self._repeat, self._most, self._quiet = repeat, most_per_hour, quiet
        self._clock, self._local = clock, local

    def post(self, alert, paths):
        """Take an alert for some paths; return whether it will be told."""
        now = self._clock()
        self._forget(now)
        if alert.key in self._told:
            self._held[alert.key] = self._held.get(alert.key, 0) + 1
            return False
        self._told[alert.key] = now + (10 * 365 * DAY if alert.once else self._repeat)
        self._recent.append(now)
        if alert.level != "critical" and len(self._recent) > self._most:
            self._too_many(now, paths)
            return False
        self._add(alert, paths, now)
        return True

    def forget(self, key):
        """Let an alert be told again at once: what it was about is over."""
        self._told.pop(key, None)
        self._held.pop(key, None)

    def due(self):
        """Return [(alert as plain data, path)] that are to be delivered now."""
        now = self._clock()
        night = self._is_quiet(now)
        return [
            (each["alert"], path)
            for each in self._queue
            for path, state in each["paths"].items()
            if state["next"] <= now and not (night and each["alert"]["level"] != "critical")
        ]

    def delivered(self, alert, path):
        """Take note that a path took an alert."""
        for each in self._queue:
            if each["alert"] == alert:
                each["paths"].pop(path, None)
        self._queue[:] = [each for each in self._queue if each["paths"]]

    def failed(self, alert, path):
        """Take note that it did not; it is tried again, for a day."""
        now = self._clock()
        for each in self._queue:
            if each["alert"] == alert and path in each["paths"]:
                state = each["paths"][path]
                state["next"] = now + PATIENCE[min(state["tries"], len(PATIENCE) - 1)]
                state["tries"] += 1
                if now - each["since"] > DAY:
                    each["paths"].pop(path)
        self._queue[:] = [each for each in self._queue if each["paths"]]

    def _add(self, alert, paths, now):
        plain = alert.plain()
        plain["at"] = now
        self._queue.append({"alert": plain, "since": now, "paths": {path: {"next": now, "tries": 0} for path in paths}})

    def _too_many(self, now, paths):
        key = "flood"
        if key not in self._told:
            self._told[key] = now + HOUR
            words = f"More than {self._most} alerts in an hour: the others are held back. Look at the host."
            self._add(Alert(key, "Too many alerts", words), paths, now)

    def _forget(self, now):
        for key in [key for key, until in self._told.items() if until <= now]:
            self.forget(key)
        self._recent[:] = [each for each in self._recent if now - each < HOUR]

    def _is_quiet(self, now):
        if not self._quiet:
            return False
        local = self._local(now)
        minute, begin, end = (
            local.tm_hour * 60 + local.tm_min,
            *(_minutes(self._quiet[each]) for each in ("from", "to")),
        )
        return begin <= minute < end if begin <= end else minute >= begin or minute < end


def _minutes(text):
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
