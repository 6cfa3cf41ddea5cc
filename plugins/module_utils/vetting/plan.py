# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be done about the code inside Home Assistant: read through, keep a copy, move aside."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.vetting import judge

# What quarantine may move: files that Home Assistant loads. Commands are lines of the owner's own configuration.
MOVABLE = ("integrations", "frontend", "blueprints", "scripts", "modules")


class VettingPlan:
    """The visit that the items call for."""

    def __init__(self, value, approved, today, months, quarantine):
        self.review, self.keep, self.aside = [], [], []
        kept = set(value.get("kept") or [])
        for item in value["items"]:
            standing = judge.state(item, approved)
            why = judge.reasons(item, approved, today, months) & set(quarantine)
            entry = judge.entry_of(item, approved)
            if item["path"] is None:
                continue
            if standing in (judge.UNLISTED, judge.CHANGED, judge.UPDATED):
                self.review.append({"item": brief(item), "approved": entry["sha256"] if entry else None})
            if why and item["kind"] in MOVABLE:
                self.aside.append({"item": brief(item), "reasons": sorted(why)})
            elif standing == judge.APPROVED and item["sha256"] not in kept:
                self.keep.append(brief(item))

    def __bool__(self):
        return bool(self.keep or self.aside)


def brief(item):
    """Return of an item what a visit needs."""
    return {key: item[key] for key in ("kind", "name", "path", "version", "sha256")}
