# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of the copies after one of their services ran."""

from __future__ import annotations


def seen(snapshot, result):
    """Return the snapshot with what a visit saw of the copies afterwards."""
    unknown = {key: why for key, why in (snapshot.get("unknown") or {}).items() if not key.startswith("backup")}
    unknown.update(result["unknown"])
    backup = {**(snapshot.get("backup") or {}), **result["backup"]}
    return {**snapshot, "backup": backup, "unknown": unknown, "taken": result["taken"]}
