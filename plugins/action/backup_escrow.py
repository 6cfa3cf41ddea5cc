# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries on the controller whether the keys that are kept there open the newest copies, and counts copies and places."""

from __future__ import annotations

import base64
import hashlib

from ansible_collections.hearthwall.home.plugins.module_utils.backup import judge, repository, securetar
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.copy_keys import CopyKeys
from ansible_collections.hearthwall.home.plugins.plugin_utils.snapshot_fact import unpack
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

CONTROL = "HW-BAK-08"
EXPECTED = "passphrase and password kept on the control machine open the newest copy"


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(("targets", "expect", "vault_file", "max_age_hours", "rehearse_days"))

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        arguments = self._task.args
        snapshot = self.snapshot(task_vars)
        device = (snapshot.get("backup") or {}).get("device")
        hours = int(arguments["max_age_hours"])
        spoken = [
            judge.places(device, arguments["targets"], snapshot["taken"], arguments["expect"], hours),
            self._escrow(device, arguments["targets"], task_vars),
            judge.rehearsed(
                CopyKeys(self, task_vars).of(task_vars["inventory_hostname"]).get("drilled"),
                snapshot["taken"],
                int(arguments["rehearse_days"]),
            ),
        ]
        return self.answer(task_vars, spoken)

    def _escrow(self, device, targets, task_vars):
        host = task_vars["inventory_hostname"]
        keys = CopyKeys(self, task_vars)
        missing = keys.missing(host)
        if missing:
            return verdict(
                CONTROL, "fail", EXPECTED, "the control machine keeps no keys: they are on the device at best"
            )
        held = keys.of(host)
        results = [self._archive(device, held)]
        for target in targets:
            if target["kind"] == "store":
                results.append(self._repository(target, host, held, task_vars))
        for status in ("fail", "unknown", "pass"):
            words = [said for found, said in results if found == status]
            if words:
                return verdict(CONTROL, status, EXPECTED, "; ".join(words), "tried on the control machine")
        return verdict(CONTROL, "unknown", EXPECTED, "there is no copy to try the keys on")

    @staticmethod
    def _archive(device, held):
        newest = (device or {}).get("newest")
        if not newest:
            return "fail", "Home Assistant has made no encrypted archive"
        try:
            opened = securetar.opens(base64.b64decode(newest["header"]), held["archive_password"])
        except securetar.Unprovable as reason:
            return "unknown", f"{newest['name']}: {reason}"
        if opened is None:
            return "unknown", f"{newest['name']} has a format that does not tell before it is read whole"
        return ("pass" if opened else "fail"), f"{newest['name']} {'opens' if opened else 'does not open'}"

    def _repository(self, target, host, held, task_vars):
        facts = (task_vars["hostvars"].get(target["host"]) or {}).get("ansible_facts") or {}
        fact = facts.get("hearthwall_snapshot")
        store = ((unpack(fact) if fact else {}).get("backup") or {}).get("store") or {}
        about = (store.get("repositories") or {}).get(host)
        if about is None:
            return "unknown", f"{target['name']}: the store was not looked at in this run"
        newest = about.get("newest")
        if not newest:
            return "fail", f"{target['name']}: no copy has arrived"
        sealed = base64.b64decode(newest["sealed"])
        if hashlib.sha256(sealed).hexdigest() != newest["id"]:
            return "fail", f"{target['name']}: the newest snapshot was altered"
        try:
            for key in about["keys"].values():
                master = repository.unlock(key, held["passphrase"])
                if master is not None:
                    whole = repository.authentic(sealed, master)
                    return ("pass" if whole else "fail"), (
                        f"{target['name']}: snapshot {newest['id'][:8]} of {newest['arrived']} "
                        f"{'opens' if whole else 'does not open'}"
                    )
        except (repository.NoSuchKey, ValueError, KeyError) as reason:
            return "unknown", f"{target['name']}: {reason}"
        return "fail", f"{target['name']}: the passphrase that is kept opens none of its keys"
