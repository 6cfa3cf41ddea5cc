#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ha_notifications
short_description: Read and dismiss persistent notifications of a Home Assistant on its host
version_added: 0.2.0
description:
  - The host's half of M(hearthwall.home.alert_arrival), which calls it. Of little use alone.
options:
  dismiss:
    description: The ids of notifications that are taken away once they were read.
    type: list
    elements: str
    default: []
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
- name: Read what Home Assistant shows
  hearthwall.home.ha_notifications:
    config_dir: /srv/homeassistant/config
    credentials: "{{ {'token': vault_token} | to_json }}"
    base_url: http://127.0.0.1:8123
"""

RETURN = r"""
notifications:
  description: Those that were there.
  returned: success
  type: list
  elements: dict
  sample:
    - {id: http-login, title: Login attempt failed, message: '…', created: '2026-11-23T19:00:00+00:00'}
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
from ansible_collections.hearthwall.home.plugins.module_utils.ha.websocket import WebSocket


def main():
    module = AnsibleModule(
        argument_spec={
            "dismiss": {"type": "list", "elements": "str", "default": []},
            "config_dir": {"type": "path", "required": True},
            "credentials": {"type": "str", "required": True, "no_log": True},
            "base_url": {"type": "str", "required": True},
        }
    )
    given = module.params
    secrets = json.loads(given["credentials"])
    credentials = Credentials(
        secrets.get("admin"), secrets.get("token"), secrets.get("passwords"), secrets.get("secrets")
    )
    try:
        client = Client(given["base_url"])
        login = log_in_as_administrator(client, given["config_dir"], credentials)
        try:
            with WebSocket(given["base_url"], login.access_token) as socket:
                shown = socket.call("persistent_notification/get")
            for each in {entry["notification_id"] for entry in shown} & set(given["dismiss"]):
                order = {"notification_id": each}
                client.post("/api/services/persistent_notification/dismiss", order, login.access_token)
        finally:
            login.end()
    except (HomeAssistantError, Unreadable, OSError) as error:
        module.fail_json(msg=f"Home Assistant's notifications were not read: {error}")
    names = {"id": "notification_id", "title": "title", "message": "message", "created": "created_at"}
    notifications = [{name: each[theirs] for name, theirs in names.items()} for each in shown]
    module.exit_json(changed=False, notifications=notifications)


if __name__ == "__main__":
    main()
