#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ha_cloud_visit
short_description: Set the preferences of Home Assistant Cloud on its host
version_added: 0.1.0
description:
  - The host's half of M(hearthwall.home.ha_cloud), which plans and calls it. Of little use alone.
options:
  preferences:
    description: The preferences to set, by Home Assistant's names.
    type: dict
    required: true
  remote:
    description: Whether remote access is to be switched on or off; without it, it stays as it is.
    type: bool
  cloudhooks:
    description: The marks of the cloudhooks to delete.
    type: list
    elements: str
    required: true
  config_dir:
    description: Home Assistant's configuration directory.
    type: path
    required: true
extends_documentation_fragment:
  - hearthwall.home.home_assistant.host
  - hearthwall.home.home_assistant.websocket_host
  - hearthwall.home.attributes.host
  - action_common_attributes
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Let nobody switch remote access on from outside
  hearthwall.home.ha_cloud_visit:
    preferences: {remote_allow_remote_enable: false}
    cloudhooks: []
    credentials: "{{ {'token': vault_token} | to_json }}"
    base_url: http://127.0.0.1:8123
    config_dir: /srv/homeassistant/config
"""

RETURN = r"""
cloud:
  description: The look at the cloud afterwards.
  returned: success
  type: dict
unknown:
  description: Why nothing of it could be seen.
  returned: success
  type: dict
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administration import administration
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import Credentials
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.ha.storage import Unreadable
from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa import look
from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa.declare import declare


def main():
    module = AnsibleModule(
        argument_spec={
            "preferences": {"type": "dict", "required": True},
            "remote": {"type": "bool"},
            "cloudhooks": {"type": "list", "elements": "str", "required": True},
            "credentials": {"type": "str", "required": True, "no_log": True},
            "base_url": {"type": "str", "required": True},
            "config_dir": {"type": "path", "required": True},
        }
    )
    given = module.params
    try:
        with administration(
            given["base_url"], given["config_dir"], Credentials(**json.loads(given["credentials"]))
        ) as socket:
            declare(socket, given["preferences"], given["remote"], given["cloudhooks"])
    except (HomeAssistantError, Unreadable, OSError) as error:
        module.fail_json(msg=f"Home Assistant Cloud could not be set as declared: {error}")
    cloud, unknown = look.look(given["config_dir"])
    module.exit_json(changed=True, cloud=cloud, unknown=unknown)


if __name__ == "__main__":
    main()
