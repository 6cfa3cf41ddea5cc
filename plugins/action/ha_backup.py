# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan Home Assistant's own backups on the controller; one visit declares what differs and has a first archive made."""

from __future__ import annotations

import base64

from ansible_collections.hearthwall.home.plugins.module_utils.backup import judge, securetar, settings
from ansible_collections.hearthwall.home.plugins.module_utils.host import place
from ansible_collections.hearthwall.home.plugins.plugin_utils.copy_keys import CopyKeys
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import HomeAssistantAction, plain

AGENT = {"haos": "hassio.local"}


class ActionModule(HomeAssistantAction):
    """The action hearthwall.home.ha_backup."""

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        snapshot = self.snapshot(task_vars)
        ha, device = snapshot.get("home_assistant"), (snapshot.get("backup") or {}).get("device") or {}
        wanted = plain(self._task.args["settings"])
        wanted["agents"] = [AGENT.get((ha or {}).get("install"), "backup.local")]
        password = CopyKeys(self, task_vars).of(task_vars["inventory_hostname"]).get("archive_password")
        present, unknown = device.get("settings"), snapshot.get("unknown", {})
        if ha is None or present is None or not judge.by_itself(ha.get("version")):
            return self.answer(task_vars, judge.home_assistant(wanted, device, ha, unknown, None), told=0)
        known = is_known(present["password"], password)
        differing = settings.differing(present, wanted) + ([] if known else ["password"])
        stale = not opens_newest(device, password)
        if self._task.check_mode or not (differing or stale):
            spoken = judge.home_assistant(wanted, device, ha, unknown, known)
            return self.answer(
                task_vars, spoken, changed=bool(differing or stale), differing=sorted(differing), archive=stale, told=0
            )
        self.require_login(task_vars)
        result = self.visit(
            "ha_backup_visit",
            {
                "settings": wanted if differing else {},
                "password": password,
                "generate": stale,
                "credentials": self.as_text(self.credentials(task_vars, self.home_vault(task_vars))),
                "base_url": self.base_url(ha, task_vars),
                "config_dir": ha["config_dir"],
                "unit": ha["unit"] or "",
            },
            task_vars,
        )
        fresh = {**snapshot, "backup": {**snapshot["backup"], "device": result["device"]}}
        mended = {*(["HW-BAK-01"] if differing else []), *(["HW-BAK-02"] if stale or not known else [])}
        known = is_known(result["device"]["settings"]["password"], password)
        spoken = judge.home_assistant(wanted, result["device"], ha, unknown, known, mended)
        return self.answer(
            task_vars,
            spoken,
            snapshot=fresh,
            changed=True,
            differing=sorted(differing),
            archive=stale,
            told=result["told"],
        )


def is_known(mark, password):
    """Say whether Home Assistant's password, known by its mark alone, is the one that is kept."""
    return bool(mark and password) and mark["digest"] == place.fingerprint(password.encode(), mark["salt"])


def opens_newest(device, password):
    """Say whether a password opens the newest archive on the device; one of an old format is taken on trust."""
    newest = device.get("newest")
    if not newest or not password:
        return False
    return securetar.opens(base64.b64decode(newest["header"]), password) is not False
