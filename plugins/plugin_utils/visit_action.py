# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of every Hearthwall action: one snapshot, a plan on the controller, at most one visit, verdicts."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import accumulate

SNAPSHOT = "hearthwall_snapshot"
VERDICTS = "hearthwall_verdicts"


class VisitAction(ActionBase):
    """An action that plans against the host's snapshot and connects only where something differs."""

    _requires_connection = False

    def snapshot(self, task_vars):
        """Return the host's snapshot: the fact of this run, or a new one (one module call)."""
        known = task_vars.get("ansible_facts", {}).get(SNAPSHOT)
        if known:
            return known
        return self._take_snapshot(task_vars)

    def _take_snapshot(self, task_vars):
        raise NotImplementedError

    def visit(self, module, arguments, task_vars):
        """Run one Hearthwall module on the host and return its result; raise if it failed."""
        result = self._execute_module(
            module_name=f"hearthwall.home.{module}", module_args=arguments, task_vars=task_vars
        )
        if result.get("failed"):
            raise AnsibleActionFail(result.get("msg", f"{module} failed"), result=result)
        return result

    def answer(self, task_vars, verdicts=(), snapshot=None, **result):
        """Return the action's result, with the verdicts and the snapshot also kept as facts of the host."""
        spoken = list(verdicts)
        facts = {}
        if spoken:
            facts[VERDICTS] = accumulate(task_vars.get("ansible_facts", {}).get(VERDICTS, {}), spoken)
        if snapshot is not None:
            facts[SNAPSHOT] = snapshot
        if facts:
            result["ansible_facts"] = facts
        return {"changed": False, VERDICTS: spoken, **result}

    @staticmethod
    def refuse(message, fix):
        """Stop with the cause and the next command or edit."""
        raise AnsibleActionFail(f"{message} {fix}")
