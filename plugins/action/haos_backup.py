# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the backups of a Home Assistant OS, declare what differs, and try its copies with the kept password."""

from __future__ import annotations

import datetime

from ansible_collections.hearthwall.home.plugins.module_utils.backup import judge, settings
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import mended
from ansible_collections.hearthwall.home.plugins.module_utils.haos import backups
from ansible_collections.hearthwall.home.plugins.module_utils.host import place
from ansible_collections.hearthwall.home.plugins.plugin_utils.copy_keys import CopyKeys
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import (
    LOGIN,
    HomeAssistantAction,
    plain,
)

OPTIONS = {
    "settings": {"type": "dict", "required": True},
    "agents": {"type": "list", "elements": "str", "default": []},
    "off_site": {"type": "list", "elements": "str", "default": []},
    "max_age_hours": {"type": "int", "default": 36},
    "expect": {"type": "dict", "required": True},
    **LOGIN,
}
LOCAL = "hassio.local"


class ActionModule(HomeAssistantAction):
    """The action hearthwall.home.haos_backup."""

    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        _spec, self._options = self.validate_argument_spec(OPTIONS)
        self._now = datetime.datetime.now(datetime.timezone.utc)
        self._password = CopyKeys(self, task_vars).of(task_vars["inventory_hostname"]).get("archive_password")
        self._wanted = {**plain(self._options["settings"]), "agents": [LOCAL, *plain(self._options["agents"])]}
        snapshot = self.snapshot(task_vars)
        ha, device = snapshot["home_assistant"], snapshot["backup"]["device"]
        proof = self._prove(ha, device, task_vars)
        before = self._judge(snapshot, device, proof)
        if device["settings"] is None:
            return self.answer(task_vars, before, differing=[], archive=False)
        known = self._password_is_known(device)
        differing = settings.differing(device["settings"], self._wanted) + ([] if known else ["password"])
        stale = not self._opens_newest(device, proof)
        stale = stale or backups.overdue(device.get("listed"), self._now, self._options["max_age_hours"])
        result = {"changed": bool(differing or stale), "differing": sorted(differing), "archive": stale}
        if self._task.check_mode or not result["changed"]:
            return self.answer(task_vars, before, **result)
        order = {"settings": self._wanted if differing else {}, "password": self._password, "generate": stale}
        made = self.visit("ha_backup_visit", {**order, **self._access(ha, task_vars)}, task_vars)["device"]
        fresh = {**snapshot, "backup": {"device": made}}
        self._now = datetime.datetime.now(datetime.timezone.utc)
        after = self._judge(fresh, made, self._prove(ha, made, task_vars))
        return self.answer(task_vars, mended(before, after), snapshot=fresh, **result)

    def _access(self, ha, task_vars):
        held = self.credentials(task_vars, self.home_vault(task_vars))
        return {"base_url": self.base_url(ha, task_vars), "credentials": self.as_text(held)}

    def _prove(self, ha, device, task_vars):
        """Return {agent: whether the kept password opens its newest copy, or why that was not told}."""
        copies = backups.to_prove(device.get("listed"))
        if not self._password or not copies:
            return {}
        asked = {"copies": copies, "password": self._password, **self._access(ha, task_vars)}
        return self.visit("backup_proof", asked, task_vars)["proof"]

    def _password_is_known(self, device):
        mark = (device.get("settings") or {}).get("password")
        return bool(mark and self._password) and mark["digest"] == place.fingerprint(
            self._password.encode(), mark["salt"]
        )

    @staticmethod
    def _opens_newest(device, proof):
        last = backups.newest(device.get("listed"))
        return bool(last) and all(proof.get(agent) == backups.OPENS for agent in last["copies"])

    def _judge(self, snapshot, device, proof):
        options, unknown = self._options, snapshot["unknown"]
        spoken = judge.home_assistant(
            self._wanted, device, snapshot["home_assistant"], unknown, self._password_is_known(device)
        )
        judged = backups.Judgement(
            device, proof, self._now, options["max_age_hours"], options["expect"], options["off_site"]
        )
        return spoken + judged.verdicts(unknown)
