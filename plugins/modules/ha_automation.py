#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ha_automation
short_description: Write one automation of a Home Assistant on its host
version_added: 0.2.0
description:
  - The host's half of M(hearthwall.home.alert_paths), which plans and calls it. Of little use alone.
options:
  automation:
    description: The automation with its C(id), as one JSON text.
    type: str
    required: true
  config_dir:
    description: Home Assistant's configuration directory.
    type: path
    required: true
extends_documentation_fragment:
  - hearthwall.home.home_assistant.host
  - hearthwall.home.attributes.host
  - action_common_attributes
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Write an automation
  hearthwall.home.ha_automation:
    automation: "{{ {'id': 'hearthwall_alerts', 'triggers': [], 'actions': []} | to_json }}"
    config_dir: /srv/homeassistant/config
    credentials: "{{ {'token': vault_token} | to_json }}"
    base_url: http://127.0.0.1:8123
"""

RETURN = r"""
id:
  description: The automation that was written.
  returned: success
  type: str
  sample: hearthwall_alerts
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import (
    Credentials,
    log_in_as_administrator,
)
from ansible_collections.hearthwall.home.plugins.module_utils.ha.client import Client
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.ha.storage import Unreadable


def main():
    module = AnsibleModule(
        argument_spec={
            "automation": {"type": "str", "required": True, "no_log": True},
            "config_dir": {"type": "path", "required": True},
            "credentials": {"type": "str", "required": True, "no_log": True},
            "base_url": {"type": "str", "required": True},
        }
    )
    given = module.params
    secrets = json.loads(given["credentials"])
    automation = json.loads(given["automation"])
    credentials = Credentials(
        secrets.get("admin"), secrets.get("token"), secrets.get("passwords"), secrets.get("secrets")
    )
    identifier = automation.pop("id")
    try:
        client = Client(given["base_url"])
        login = log_in_as_administrator(client, given["config_dir"], credentials)
        try:
            client.post(f"/api/config/automation/config/{identifier}", automation, login.access_token)
        finally:
            login.end()
    except (HomeAssistantError, Unreadable, OSError) as error:
        module.fail_json(msg=f"Hearthwall's automation was not written: {error}")
    module.exit_json(changed=True, id=identifier)


if __name__ == "__main__":
    main()
