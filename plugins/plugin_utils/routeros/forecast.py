# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a router would have after a plan, so that it can be proved before anything is done."""

from __future__ import annotations

import copy

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros import menus
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros.plan import (
    ADD,
    MOVE,
    REMOVE,
    SET,
)


def forecast(state, actions):
    """Return the state {path: entries} after the actions."""
    after, made = copy.deepcopy(state), {}
    for action in actions:
        entries = after.setdefault(action.path, [])
        before = made.get(action.before[1:], action.before) if action.before.startswith("+") else action.before
        if action.verb == ADD:
            key = menus.key_of(menus.BY_PATH[action.path], action.options)
            made[f"{action.path} {key}"] = entry_id = f"new {action.path} {key}"
            entries.insert(_place(entries, before), {**action.options, ".id": entry_id})
        elif action.verb == SET:
            entry = entries[_place(entries, action.target)]
            for option, value in action.options.items():
                entry.pop(option.lstrip("!"), None)
                if not option.startswith("!"):
                    entry[option] = value
        elif action.verb == REMOVE:
            del entries[_place(entries, action.target)]
        elif action.verb == MOVE:
            entry = entries.pop(_place(entries, action.target))
            entries.insert(_place(entries, before), entry)
    return after


def _place(entries, identity):
    return next((index for index, entry in enumerate(entries) if entry[".id"] == identity), len(entries))
