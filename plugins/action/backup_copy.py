# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges on the controller whether copies leave and can be read; has one made where that is overdue."""

from __future__ import annotations

import time

from ansible_collections.hearthwall.home.plugins.module_utils.backup import judge
from ansible_collections.hearthwall.home.plugins.plugin_utils.copy_look import seen
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

UNIT = "hearthwall-backup.service"


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(("targets", "max_age_hours", "wait_minutes", "settings_changed"))

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        arguments = self._task.args
        targets, hours = list(arguments["targets"]), int(arguments["max_age_hours"])
        snapshot = self.snapshot(task_vars)
        device = with_mode((snapshot.get("backup") or {}).get("device"), snapshot.get("paths") or {})
        due = judge.due(device, targets, snapshot["taken"], hours)
        unknown = snapshot.get("unknown") or {}
        if self._task.check_mode or not (due or arguments.get("settings_changed")):
            spoken = judge.device(device, targets, snapshot["taken"], time.time(), hours, unknown)
            return self.answer(task_vars, spoken, changed=bool(due), due=due)
        result = self.visit(
            "backup_visit",
            {
                "unit": UNIT if due else "",
                "wait": int(arguments["wait_minutes"]) * 60,
                "look": {
                    "parts": ["device"],
                    "config_dir": (device or {}).get("config_dir"),
                    "written_after": float(arguments.get("settings_changed") or 0),
                },
            },
            task_vars,
        )
        fresh = seen(snapshot, result)
        spoken = judge.device(
            fresh["backup"]["device"], targets, fresh["taken"], time.time(), hours, fresh["unknown"], bool(due)
        )
        return self.answer(task_vars, spoken, snapshot=fresh, changed=bool(due), due=due)


def with_mode(device, paths):
    """Return the look at a device with its archives' folder as a visit of this run has left it."""
    archives = (device or {}).get("archives")
    now = paths.get(archives["path"]) if archives else None
    if not now or not now.get("mode"):
        return device
    return {**device, "archives": {**archives, "mode": now["mode"]}}
