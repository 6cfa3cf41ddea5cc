# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans on the controller which keys each repository of a store must have, and puts them in place in one visit."""

from __future__ import annotations

import hashlib
import json

from ansible_collections.hearthwall.home.plugins.module_utils.backup import repository
from ansible_collections.hearthwall.home.plugins.plugin_utils.copy_keys import CopyKeys
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(("clients", "user", "vault_file", "retire"))

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        keys = CopyKeys(self, task_vars)
        snapshot = self.snapshot(task_vars)
        store = (snapshot.get("backup") or {}).get("store") or {}
        entries, todo, opened = keys.known(), [], {}
        for client in self._task.args["clients"]:
            name = str(client["name"])
            held = keys.of(name, entries)
            about = (store.get("repositories") or {}).get(name) or {}
            sealed = about.get("keys") or {}
            retire = bool(self._task.args.get("retire"))
            if keys.missing(name, entries) or not about.get("initialised"):
                todo += [] if retire else [(client, held, [])]
                continue
            by = self._opened(sealed, held)
            complete = set(by) == {"store", "passphrase"}
            extra = [key for key in sealed if key not in by.values()] if retire and complete else []
            if extra or not (retire or complete):
                todo.append((client, held, extra))
            noted = {whose: [key, _mark(held[whose])] for whose, key in by.items()}
            if noted != held["opens"]:
                opened[name] = {"opens": noted}
        if opened and not self._task.check_mode and keys.vault is not None and keys.vault.can_write():
            keys.keep(opened)
        if self._task.check_mode or not todo:
            return self.answer(task_vars, changed=bool(todo), clients=[str(each[0]["name"]) for each in todo])
        orders = [
            {
                "name": str(client["name"]),
                "repository": str(client["repository"]),
                "store": held["store"],
                "passphrase": held["passphrase"],
                "retire": extra,
            }
            for client, held, extra in todo
        ]
        result = self.visit(
            "backup_store_visit", {"orders": json.dumps(orders), "user": str(self._task.args["user"])}, task_vars
        )
        fresh = {**snapshot, "backup": {**(snapshot.get("backup") or {}), **result["backup"]}}
        return self.answer(task_vars, snapshot=fresh, changed=True, clients=[order["name"] for order in orders])

    @staticmethod
    def _opened(sealed, held):
        """Return {whose: the sealed key it opens}; what was seen to open before need not be tried again."""
        found = {}
        for whose in ("store", "passphrase"):
            key, mark = held["opens"].get(whose) or (None, None)
            # A sealed key is named by its content: what this secret opened once it opens for ever.
            if key in sealed and mark == _mark(held[whose]):
                found[whose] = key
                continue
            for name, key in sealed.items():
                if name not in found.values() and repository.unlock(key, held[whose]) is not None:
                    found[whose] = name
                    break
        return found


def _mark(secret):
    """Return what tells, in the encrypted vault, which secret a note is about."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
