#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: restore_visit
short_description: Bring a Home Assistant back from a copy onto this host
version_added: 0.1.0
description:
  - The host's half of M(hearthwall.home.restore), which plans and calls it. Of little use alone.
options:
  order:
    description: Where the copy is, what opens it, and where it goes, as one JSON text.
    type: str
    required: true
extends_documentation_fragment:
  - hearthwall.home.attributes.host
  - action_common_attributes
requirements:
  - restic
  - PyNaCl (Debian package python3-nacl)
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Bring it back
  hearthwall.home.restore_visit:
    order: "{{ order | to_json }}"
"""

RETURN = r"""
steps:
  description: What was done, and how many seconds it took.
  returned: always
  type: list
  elements: dict
contents:
  description: What the restored Home Assistant consists of.
  returned: success
  type: dict
"""

import json
import os
import shutil
import subprocess
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.backup import contents, restic, securetar
from ansible_collections.hearthwall.home.plugins.module_utils.backup.restore import Restore, RestoreFailed
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import Credentials
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.ha.storage import Unreadable

FOLDER = "/var/lib/hearthwall/restore"


def repository(order):
    """Return the repository, opened by the first of the kept passphrases that fits."""
    password_file, environment_file = f"{FOLDER}/passphrase", f"{FOLDER}/environment"
    for path, text in [
        (environment_file, order["environment"]),
        *[(each["path"], each["content"]) for each in order["files"]],
    ]:
        write(path, text)
    for passphrase in order["passphrases"]:
        write(password_file, passphrase + "\n")
        found = restic.Restic(order["repository"], password_file, order["options"], environment_file, f"{FOLDER}/cache")
        try:
            found.run("cat", "config", "--no-lock")
        except restic.ResticError as error:
            if error.code == restic.WRONG_PASSWORD:
                continue
            raise
        return found
    raise RestoreFailed("none of the passphrases that are kept opens the repository")


def write(path, text):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def bring_back(order, restore):
    """Fetch, restore, start, log in, count; return what there is to report."""
    with restore.step("fetch and prove the newest good copy"):
        snapshot, archive, password, proof, bad = restore.fetch(FOLDER, order["passwords"])
    restore.stop()
    kept = None
    if not order["drill"]:
        with restore.step("keep what is there"):
            kept = restore.keep()
    with restore.step("have Home Assistant restore it"):
        size = os.path.getsize(archive)
        restore.unpack(archive, password)
    secrets = order["credentials"]
    credentials = Credentials(secrets["admin"], None, secrets["passwords"], secrets["secrets"])
    with restore.step("start it and log in with password and second factor"):
        login = restore.log_in(credentials)
    with restore.step("count what came back"):
        archived = proof["when"]
        until = archived - contents.SETTLING
        found = contents.of(order["config_dir"], None, until)
    return {
        "snapshot": snapshot["short_id"],
        "archive": {**proof, "size": size},
        "bad": bad,
        "login": login,
        "kept": kept,
        "contents": found,
        "archived": archived,
        "until": until,
        "host_files": host_files(order, restore, snapshot),
    }


def host_files(order, restore, snapshot):
    """On the real day, lay the host's own files of the copy beside, to take from what is needed."""
    if order["drill"]:
        return None
    place = f"{FOLDER}/host-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    with restore.step("lay the old host's files beside"):
        restore.repository.run(
            "restore", "--no-lock", snapshot["id"], "--target", place, "--include", "/etc", "--include", "/usr/local"
        )
    return place


def main():
    module = AnsibleModule(argument_spec={"order": {"type": "str", "required": True, "no_log": True}})
    order = json.loads(module.params["order"])
    os.makedirs(FOLDER, mode=0o700, exist_ok=True)
    restore = None
    try:
        restore = Restore(order["config_dir"], order["unit"], None, order["drill"])
        with restore.step("open the repository"):
            restore.repository = repository(order)
        result = bring_back(order, restore)
    except (RestoreFailed, HomeAssistantError, Unreadable, restic.ResticError, securetar.Unprovable) as error:
        failed(module, order, restore, str(error))
    except (OSError, KeyError, subprocess.SubprocessError) as error:
        failed(module, order, restore, f"{type(error).__name__}: {error}")
    else:
        clean(order, restore)
        module.exit_json(changed=True, steps=restore.steps, **result)


def clean(order, restore):
    """Take the secrets away, and after a drill everything else."""
    if order["drill"] and restore is not None:
        restore.end()
    for name in os.listdir(FOLDER):
        path = os.path.join(FOLDER, name)
        if os.path.isfile(path) and not name.startswith("id_"):
            os.unlink(path)
    shutil.rmtree(f"{FOLDER}/cache", ignore_errors=True)


def failed(module, order, restore, why):
    clean(order, restore)
    module.fail_json(msg=f"The home did not come back: {why}", steps=restore.steps if restore else [])


if __name__ == "__main__":
    main()
