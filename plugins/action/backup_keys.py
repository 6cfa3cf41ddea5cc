# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the keys of the copies once, on the control machine, and hands them to the tasks that put them in place."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.copy_keys import CopyKeys, make
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

FOR_SHOW = "made by the next apply"


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(("clients", "vault_file", "rotate"))

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        keys = CopyKeys(self, task_vars)
        clients = [str(client) for client in self._task.args.get("clients") or []]
        changes = self._changes(keys, clients, keys.known())
        if changes and not self._task.check_mode:
            keys.keep(changes)
        entries = keys.known()
        keys_of = {client: keys.of(client, entries) for client in clients}
        for client in clients:
            for part in keys.missing(client, entries):
                keys_of[client][part] = FOR_SHOW
        return self.answer(task_vars, changed=bool(changes), keys_of=keys_of)

    def _changes(self, keys, clients, entries):
        changes = {client: {part: make() for part in keys.missing(client, entries)} for client in clients}
        if self._task.args.get("rotate"):
            for client in clients:
                kept = keys.of(client, entries)
                old = {part: kept[part] for part in ("passphrase", "archive_password") if kept.get(part)}
                # One write: from here on the new keys are the declared ones, and whatever an apply finds of the old
                # ones it replaces. The old ones stay here, for the archives that were sealed with them.
                changes[client] = {
                    **{part: make() for part in old},
                    **changes[client],
                    "former": [*kept["former"], old],
                }
        return {client: parts for client, parts in changes.items() if parts}
