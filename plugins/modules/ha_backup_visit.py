#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ha_backup_visit
short_description: Declare the automatic backups of a Home Assistant on its host
version_added: 0.1.0
description:
  - The host's half of M(hearthwall.home.ha_backup), which plans and calls it. Of little use alone.
options:
  settings:
    description: The settings to declare; none where they are right already.
    type: dict
    required: true
  password:
    description: The password of the archives.
    type: str
    required: true
  generate:
    description: Whether to have an archive made now.
    type: bool
    required: true
  config_dir:
    description: Home Assistant's configuration directory.
    type: path
    required: true
  unit:
    description: The unit that runs Home Assistant.
    type: str
    default: ''
extends_documentation_fragment:
  - hearthwall.home.home_assistant.host
  - hearthwall.home.home_assistant.websocket_host
  - hearthwall.home.attributes.host
  - action_common_attributes
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Have an archive made
  hearthwall.home.ha_backup_visit:
    settings: {}
    password: "{{ vault_archive_password }}"
    generate: true
    credentials: "{{ {'token': vault_token} | to_json }}"
    base_url: http://127.0.0.1:8123
    config_dir: /srv/homeassistant/config
"""

RETURN = r"""
device:
  description: The look at the device's copies afterwards.
  returned: success
  type: dict
told:
  description: When Home Assistant was told, in seconds since 1970.
  returned: success
  type: float
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.backup import look
from ansible_collections.hearthwall.home.plugins.module_utils.backup.declare import Declaration
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import Credentials
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.ha.storage import Unreadable


def main():
    module = AnsibleModule(
        argument_spec={
            "settings": {"type": "dict", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "generate": {"type": "bool", "required": True},
            "credentials": {"type": "str", "required": True, "no_log": True},
            "base_url": {"type": "str", "required": True},
            "config_dir": {"type": "path", "required": True},
            "unit": {"type": "str", "default": ""},
        }
    )
    given = module.params
    secrets = json.loads(given["credentials"])
    credentials = Credentials(
        secrets.get("admin"), secrets.get("token"), secrets.get("passwords"), secrets.get("secrets")
    )
    try:
        with Declaration(given["base_url"], given["config_dir"], credentials) as declaration:
            if given["settings"]:
                declaration.declare(given["settings"], given["password"])
            if given["generate"]:
                declaration.generate()
            current = declaration.current()
    except (HomeAssistantError, Unreadable, OSError) as error:
        module.fail_json(msg=f"Home Assistant's backups could not be arranged: {error}")
    unknown = {}
    device = look.device({"config_dir": given["config_dir"], "unit": given["unit"] or None}, unknown)
    # Home Assistant writes it down within half a minute; what it said itself is the truth until then.
    device["settings"] = look.marked(current)
    module.exit_json(changed=True, device=device, told=declaration.told)


if __name__ == "__main__":
    main()
