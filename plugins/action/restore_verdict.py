# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares, on the controller, what came back with the home it came from, and remembers that the drill was done."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.backup import contents, state
from ansible_collections.hearthwall.home.plugins.plugin_utils.copy_keys import CopyKeys
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import plain
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(("source", "live", "restored", "vault_file"))
    _supports_check_mode = False

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        arguments = plain(self._task.args)
        live, drill = arguments["live"], arguments["restored"]
        found = drill["contents"]
        differs, changed = contents.compared(live, found, drill["archived"])
        if not drill["login"]["second_factor"]:
            changed.append("the account has no second factor: the login took a password alone")
        rows = ", ".join(f"{count} {table}" for table, count in sorted(found["history"].items()))
        report = [
            f"logged in{' with password and second factor' if drill['login']['second_factor'] else ''}",
            f"{len(found['users'])} users, {len(found['automations'])} automations, {len(found['entities'])} entities,"
            f" rows of history: {rows}",
            *[f"differs: {each}" for each in differs],
            *[f"changed since the archive: {each}" for each in changed],
            *[f"passed over: {each}" for each in drill["bad"]],
        ]
        seconds = sum(each["seconds"] for each in drill["steps"])
        note = {"when": state.now(), "seconds": seconds, "differs": differs}
        keys = CopyKeys(self, task_vars)
        if keys.vault is not None and keys.vault.can_write():
            keys.keep({arguments["source"]: {"drilled": note}})
        result = self.answer(task_vars, report=report, differs=differs)
        if differs:
            result.update(failed=True, msg=f"What came back is not what was there: {'; '.join(differs)}")
        return result
