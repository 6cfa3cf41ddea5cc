# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The snapshot as a fact: what templates ask for as data, the bulk of it as one string.

Ansible copies, tags and cleans every value of every fact for every task. A snapshot has thousands of values, of which
templates use a few; as one JSON string the others cost nothing until an action asks for them.
"""

from __future__ import annotations

import json

BULK = (
    "paths",
    "services",
    "listeners",
    "firewall",
    "front_door",
    "vetting",
    "updates",
    "cloud",
    "ways_in",
    "switch",
    "supervisor",
)
PACKED = "bulk"


def pack(snapshot):
    """Return the fact that keeps this snapshot."""
    fact = {part: value for part, value in snapshot.items() if part not in BULK}
    fact[PACKED] = json.dumps({part: snapshot[part] for part in BULK if part in snapshot})
    return fact


def unpack(fact):
    """Return the snapshot that a fact keeps; one that is not packed is returned as it is."""
    if PACKED not in fact:
        return fact
    snapshot = {part: value for part, value in fact.items() if part != PACKED}
    snapshot.update(json.loads(fact[PACKED]))
    return snapshot


def with_snapshot(task_vars, snapshot):
    """Return the variables of a task with this snapshot in place of the one that the run knows."""
    return dict(task_vars, ansible_facts={**task_vars.get("ansible_facts", {}), "hearthwall_snapshot": snapshot})


def stands(snapshot, path):
    """Return whether a file is there: what is still to be written is the bundle's to tell."""
    return ((snapshot.get("paths") or {}).get(path) or {}).get("type") == "file"
