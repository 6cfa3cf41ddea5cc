#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: updates_visit
short_description: Ask a Home Assistant about updates, update it, or put a cut-short update back
version_added: 0.1.0
description:
  - The host's half of M(hearthwall.home.updates), which plans and calls it. Of little use alone.
  - Carries an update to its end, or back, also where the connection to the controller breaks.
options:
  step:
    description:
      - V(ask) writes down what Home Assistant tells about updates and repairs, V(update) updates it, V(resume) puts an
        update back that was cut short.
    type: str
    choices: [ask, update, resume]
    required: true
  order:
    description: What to do.
    type: dict
    required: true
  pending:
    description: The pending updates to write down, for V(ask).
    type: list
    elements: dict
    default: []
  credentials:
    description: What is held for logging in, and the password of the backup, as one JSON text.
    type: str
    required: true
extends_documentation_fragment:
  - hearthwall.home.home_assistant.websocket_host
  - hearthwall.home.attributes.host
  - action_common_attributes
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Write down what Home Assistant tells
  hearthwall.home.updates_visit:
    step: ask
    order: {base_url: "http://127.0.0.1:8123", config_dir: /srv/homeassistant/config}
    credentials: "{{ {'token': vault_token} | to_json }}"
"""

RETURN = r"""
asked:
  description: What Home Assistant told.
  returned: when O(step=ask)
  type: dict
seen:
  description: Since when each pending version is known.
  returned: when O(step=ask)
  type: dict
updated:
  description: What the update was like.
  returned: when O(step=update)
  type: dict
standing:
  description: How putting back ended.
  returned: when O(step=resume)
  type: str
"""

import datetime
import json
import signal

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administration import administration
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import Credentials
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.updates import look, state, update, wellness


def ask(order, credentials, pending):
    """Return what Home Assistant tells, written down with the time."""
    now = datetime.datetime.now(datetime.timezone.utc)
    with administration(order["base_url"], order["config_dir"], credentials) as socket:
        told = wellness.observe(socket)
    entities = [found for each in told["updates"] for found in [look.entity(each)] if found]
    asked = {"when": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "version": told["version"], "issues": told["issues"]}
    asked["updates"] = entities
    state.note(asked, [*pending, *entities], now.date().isoformat())
    return {"asked": asked, "seen": state.seen()}


def main():
    module = AnsibleModule(
        argument_spec={
            "step": {"type": "str", "choices": ["ask", "update", "resume"], "required": True},
            "order": {"type": "dict", "required": True},
            "pending": {"type": "list", "elements": "dict", "default": []},
            "credentials": {"type": "str", "required": True, "no_log": True},
        }
    )
    step, order = module.params["step"], module.params["order"]
    held = json.loads(module.params["credentials"])
    credentials = Credentials(held.get("admin"), held.get("token"), held.get("passwords"), held.get("secrets"))
    if step != "ask":
        # An update that has begun is carried to an end whatever becomes of the connection.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        if step == "ask":
            module.exit_json(changed=False, **ask(order, credentials, module.params["pending"]))
        if step == "resume":
            module.exit_json(changed=True, standing=update.resume(order["id"], order["base_url"], credentials))
        seen = update.Update({**order, "password": held.get("backup_password")}, credentials).run()
    except (HomeAssistantError, update.UpdateFailed) as error:
        module.fail_json(msg=str(error))
    counted = {
        part: {"version": seen[part]["version"], "entities": seen[part]["entities"]} for part in ("before", "after")
    }
    module.exit_json(changed=True, updated={**counted, "backup": seen["backup"], "copy": seen["copy"]})


if __name__ == "__main__":
    main()
