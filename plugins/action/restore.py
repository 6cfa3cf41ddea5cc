# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers on the controller what opens the copies, has a host bring the home back from one, and tells the minutes."""

from __future__ import annotations

import datetime
import json

from ansible_collections.hearthwall.home.plugins.module_utils.backup import targets
from ansible_collections.hearthwall.home.plugins.plugin_utils.copy_keys import CopyKeys
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import HomeAssistantAction, plain

FOLDER = "/var/lib/hearthwall/restore"
KEPT = ("steps", "contents", "archived", "until", "login", "kept", "bad", "host_files", "archive")


class ActionModule(HomeAssistantAction):
    """The action hearthwall.home.restore."""

    _supports_check_mode = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        arguments = plain(self._task.args)
        source = arguments["source"]
        keys = CopyKeys(self, task_vars)
        missing = keys.missing(source)
        if missing:
            self.refuse(
                f"The vault keeps no {' and no '.join(missing)} of the copies of {source}.",
                "Give this home's vault file and its password, or backup_passphrase and backup_archive_password.",
            )
        held = keys.of(source)
        admin = self.credentials({**task_vars, "inventory_hostname": source}, self.home_vault(task_vars))
        if not admin["admin"] or admin["admin"] not in admin["passwords"]:
            self.refuse(
                "Nobody is named as whom to log in to what comes back.", "Set hearthwall_ha_admin in the vault."
            )
        target = arguments["target"]
        if target["kind"] == "sftp":
            self.refuse(
                f"{target['name']} is reached with a key that only the device has.",
                "Restore from another target, or copy the repository to a disk and declare it as an rclone target.",
            )
        order = {
            **self._copy(target, source, task_vars),
            "passphrases": [
                held["passphrase"],
                *[each["passphrase"] for each in held["former"] if each.get("passphrase")],
            ],
            "passwords": [
                held["archive_password"],
                *[each["archive_password"] for each in held["former"] if each.get("archive_password")],
            ],
            "credentials": admin,
            "config_dir": arguments["config_dir"],
            "unit": arguments["unit"],
            "drill": bool(arguments["drill"]),
        }
        result = self.call("hearthwall.home.restore_visit", {"order": json.dumps(order)}, task_vars)
        if result.get("failed"):
            return {**result, "report": lines(result.get("steps") or [])}
        return {
            **self.answer(task_vars, changed=True),
            **{key: result[key] for key in KEPT},
            "report": lines(result["steps"]),
        }

    @staticmethod
    def _copy(target, source, task_vars):
        """Return where the copy is, as this host reaches it, and the files that this takes."""
        names = [target["host"]] if target["kind"] == "store" else []
        known = targets.stores(names, {name: task_vars["hostvars"].get(name) or {} for name in names})
        about = targets.compiled(target, source, known)
        files = [{**each, "path": f"{FOLDER}/{each['path'].rsplit('/', 1)[1]}"} for each in about["files"]]
        environment = "".join(each["content"] for each in files if each["path"].endswith(".env"))
        environment = environment.replace(f"{targets.FOLDER}/", f"{FOLDER}/")
        if about["ssh"]:
            ssh = about["ssh"]
            config = (
                f"Host {ssh['name']}\n  HostName {ssh['address']}\n  Port {ssh['port']}\n  User {ssh['user']}\n"
                f"  IdentityFile {FOLDER}/id_ed25519\n  IdentitiesOnly yes\n  BatchMode yes\n  ConnectTimeout 20\n"
                f"  UserKnownHostsFile {FOLDER}/known_hosts\n  StrictHostKeyChecking yes\n"
            )
            name = ssh["address"] if ssh["port"] == 22 else f"[{ssh['address']}]:{ssh['port']}"
            keys = "".join(f"{name} {' '.join(key.split()[:2])}\n" for key in ssh["host_keys"])
            files += [
                {"path": f"{FOLDER}/ssh_config", "content": config},
                {"path": f"{FOLDER}/known_hosts", "content": keys},
            ]
        settings = about["settings"]
        options = [option.replace(targets.SSH, f"{FOLDER}/ssh_config") for option in settings["options"]]
        return {"repository": settings["repository"], "options": options, "environment": environment, "files": files}


def lines(steps):
    """Return the steps with their minutes and seconds, as lines for people."""
    every = [*steps, {"step": "together", "seconds": sum(each["seconds"] for each in steps)}]
    return [f"{clock(each['seconds']):>7}  {each['step']}" for each in every]


def clock(seconds):
    """Return seconds as minutes and seconds."""
    whole = datetime.timedelta(seconds=round(seconds))
    return f"{int(whole.total_seconds()) // 60}:{int(whole.total_seconds()) % 60:02d}"
