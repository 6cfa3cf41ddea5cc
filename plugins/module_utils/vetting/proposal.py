# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries that a person may take over into the list of approved code."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.vetting import judge

APPROVER = "(your name)"


def entries(items, approved, today):
    """Return {kind: {name: entry}} for everything that is not approved as it is."""
    found = {}
    for item in items:
        if judge.state(item, approved) == judge.APPROVED or (item["sha256"] is None and not item.get("remote")):
            continue
        known = judge.entry_of(item, approved) or {}
        entry = {"source": judge.source(item, approved) or "(where it comes from, or own)"}
        if judge.version(item):
            entry["version"] = judge.version(item)
        if item["sha256"]:
            entry["sha256"] = item["sha256"]
        if known.get("maintained_on"):
            entry["maintained_on"] = str(known["maintained_on"])
        entry.update(approved_by=APPROVER, approved_on=today.isoformat())
        found.setdefault(item["kind"], {})[item["name"]] = entry
    return found
