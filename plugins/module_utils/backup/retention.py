# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which snapshots a store keeps, by when they arrived. Pure.

Who may add can flood a store with snapshots and date them as they like. Therefore the store's own times of arrival
decide; the first snapshot of a day, week or month stands for it, so that none that comes later can take its place; what
came in the last week stays; and one pass removes a part at most.
"""

from __future__ import annotations

import datetime

ALWAYS = 3  # the newest are kept whatever their age
YOUNG = 7 * 86400  # seconds in which nothing is removed: time to notice what is wrong
MOST = 0.5  # the part of all snapshots that one pass may remove


def kept(arrivals, daily, weekly, monthly):
    """Return the names to keep of {name: time of arrival}: the first of so many days, weeks and months with any."""
    order = sorted(arrivals, key=lambda name: (arrivals[name], name), reverse=True)
    keep = set(order[:ALWAYS])
    for count, label in ((daily, "%Y-%m-%d"), (weekly, "%G-%V"), (monthly, "%Y-%m")):
        seen = {}
        for name in order:
            arrived = datetime.datetime.fromtimestamp(arrivals[name], datetime.timezone.utc)
            seen[arrived.strftime(label)] = name  # from the newest to the oldest: the first to arrive is written last
        keep.update(list(seen.values())[:count])
    return keep


def to_remove(arrivals, daily, weekly, monthly, now):
    """Return (names to remove, reason to remove none)."""
    old = {name for name, when in arrivals.items() if when < now - YOUNG}
    surplus = sorted(old - kept(arrivals, daily, weekly, monthly), key=lambda name: (arrivals[name], name))
    if any(when > now + 3600 for when in arrivals.values()):
        return [], "a snapshot arrived in the future: this host's clock was set back"
    limit = max(1, int(len(arrivals) * MOST))
    return surplus[:limit], None
