#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ha_http_visit
short_description: Try, verify and promote HTTP settings of a Home Assistant on its host
version_added: 0.1.0
description:
  - The host's half of M(hearthwall.home.ha_http), which plans and calls it. Of little use alone.
options:
  store:
    description: Where this release keeps its HTTP settings.
    type: str
    choices: [storage, yaml]
    required: true
  settings:
    description: The settings to lay over those that are there.
    type: dict
    required: true
  reconfigure:
    description: Whether to put settings in force.
    type: bool
    default: true
  unban:
    description: Addresses to take out of C(ip_bans.yaml).
    type: list
    elements: str
    default: []
  targets:
    description: Front doors that have to lead to Home Assistant.
    type: list
    elements: dict
    default: []
  look:
    description: Parameters of the look that follows.
    type: dict
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
- name: Ban after five failed logins
  hearthwall.home.ha_http_visit:
    store: storage
    settings: {login_attempts_threshold: 5}
    credentials: "{{ {'token': vault_token} | to_json }}"
    base_url: http://127.0.0.1:8123
    look: {config_dir: /srv/homeassistant/config}
"""

RETURN = r"""
home_assistant:
  description: The look at Home Assistant afterwards.
  returned: success
  type: dict
unknown:
  description: What the look could not determine, and why.
  returned: success
  type: dict
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import Credentials
from ansible_collections.hearthwall.home.plugins.module_utils.ha.configuration import Undetermined
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.ha.look import look
from ansible_collections.hearthwall.home.plugins.module_utils.ha.storage import Unreadable
from ansible_collections.hearthwall.home.plugins.module_utils.ha.trial import Trial


def main():
    module = AnsibleModule(
        argument_spec={
            "store": {"type": "str", "choices": ["storage", "yaml"], "required": True},
            "settings": {"type": "dict", "required": True},
            "reconfigure": {"type": "bool", "default": True},
            "unban": {"type": "list", "elements": "str", "default": []},
            "targets": {"type": "list", "elements": "dict", "default": []},
            "credentials": {"type": "str", "required": True, "no_log": True},
            "base_url": {"type": "str", "required": True},
            "look": {"type": "dict", "required": True},
        }
    )
    given = module.params
    secrets = json.loads(given["credentials"])
    credentials = Credentials(
        secrets.get("admin"), secrets.get("token"), secrets.get("passwords"), secrets.get("secrets")
    )
    parameters = given["look"]
    trial = Trial(given["base_url"], parameters["config_dir"], credentials, parameters.get("unit"))
    try:
        try:
            if given["unban"]:
                trial.unban(given["unban"])
            if given["reconfigure"]:
                carry_out = trial.by_trial if given["store"] == "storage" else trial.by_yaml
                carry_out(given["settings"], given["targets"])
        finally:
            trial.end()
        trial.wait_until_settled()
    except (HomeAssistantError, Unreadable, Undetermined, OSError) as error:
        module.fail_json(msg=f"Home Assistant's HTTP settings were not changed for good: {error}")
    value, unknown = look({**parameters, "check_mode": False})
    module.exit_json(changed=True, home_assistant=value, unknown=unknown)


if __name__ == "__main__":
    main()
