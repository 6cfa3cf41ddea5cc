# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges on the controller whether a store's copies are whole; has them checked where that is overdue."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.backup import judge
from ansible_collections.hearthwall.home.plugins.plugin_utils.copy_look import seen
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

UNIT = "hearthwall-backup-upkeep.service"


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(("clients", "max_age_hours", "min_free_percent", "wait_minutes"))

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        arguments = self._task.args
        clients, hours = list(arguments["clients"]), int(arguments["max_age_hours"])
        free = int(arguments["min_free_percent"])
        snapshot = self.snapshot(task_vars)
        store = (snapshot.get("backup") or {}).get("store")
        due = judge.upkeep_due(store, clients, snapshot["taken"], hours)
        if self._task.check_mode:
            spoken = judge.store(store, clients, snapshot["taken"], hours, free, snapshot.get("unknown") or {})
            return self.answer(task_vars, spoken, changed=bool(due), due=due)
        # What a device has just added is not in the snapshot of this run's beginning.
        arrived = self._copied(clients, task_vars)
        if due or arrived:
            request = {
                "unit": UNIT if due else "",
                "wait": int(arguments["wait_minutes"]) * 60,
                "look": {"parts": ["store"]},
            }
            snapshot = seen(snapshot, self.visit("backup_visit", request, task_vars))
        unknown = snapshot.get("unknown") or {}
        spoken = judge.store(snapshot["backup"]["store"], clients, snapshot["taken"], hours, free, unknown, bool(due))
        return self.answer(task_vars, spoken, snapshot=snapshot, changed=bool(due), due=due)

    @staticmethod
    def _copied(clients, task_vars):
        """Say whether a device's newest copy is not the one that was seen here."""
        mine = ((task_vars["ansible_facts"].get("hearthwall_snapshot") or {}).get("backup") or {}).get("store") or {}
        host = task_vars["inventory_hostname"]
        for client in clients:
            facts = (task_vars["hostvars"].get(client) or {}).get("ansible_facts") or {}
            device = ((facts.get("hearthwall_snapshot") or {}).get("backup") or {}).get("device") or {}
            copy = ((device.get("state") or {}).get("targets") or {}).get(host) or {}
            newest = ((mine.get("repositories") or {}).get(client) or {}).get("newest") or {}
            if copy.get("snapshot") and copy["snapshot"] != newest.get("id"):
                return True
        return False
