# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which snapshots a store keeps, by when they arrived. Pure.

Who may add can flood a store with snapshots and date them as they like. Therefore the store's own times of arrival
decide, the last snapshots of past days, weeks and months each stand for theirs, and one pass removes a part at most.
"""

from __future__ import annotations

import datetime

ALWAYS = 3  # the newest are kept whatever their age
MOST = 0.5  # the part of all snapshots that one pass may remove


def kept(arrivals, daily, weekly, monthly):
    """Return the names to keep of {name: time of arrival}: the last of so many days, weeks and months that have one."""
    order = sorted(arrivals, key=lambda name: (arrivals[name], name), reverse=True)
    keep = set(order[:ALWAYS])
    for count, label in ((daily, "%Y-%m-%d"), (weekly, "%G-%V"), (monthly, "%Y-%m")):
        seen = {}
        for name in order:
            arrived = datetime.datetime.fromtimestamp(arrivals[name], datetime.timezone.utc)
            seen.setdefault(arrived.strftime(label), name)
        keep.update(list(seen.values())[:count])
    return keep


def to_remove(arrivals, daily, weekly, monthly, now):
    """Return (names to remove, reason to remove none)."""
    surplus = sorted(set(arrivals) - kept(arrivals, daily, weekly, monthly), key=lambda name: (arrivals[name], name))
    if any(when > now + 3600 for when in arrivals.values()):
        return [], "a snapshot arrived in the future: this host's clock was set back"
    limit = max(1, int(len(arrivals) * MOST))
    return surplus[:limit], None
