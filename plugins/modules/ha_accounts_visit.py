#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ha_accounts_visit
short_description: Carry out a plan for the accounts of a Home Assistant on its host
version_added: 0.1.0
description:
  - The host's half of M(hearthwall.home.ha_accounts), which plans and calls it. Of little use alone.
options:
  step:
    description:
      - V(begin) sets passwords and starts enrolments, V(finish) completes them and does the rest.
    type: str
    choices: [begin, finish]
    required: true
  actions:
    description: The plan.
    type: list
    elements: dict
    required: true
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
- name: End one session
  hearthwall.home.ha_accounts_visit:
    step: finish
    actions:
      - {kind: end_session, session_id: 0123456789abcdef, username: olivia}
    credentials: "{{ {'token': vault_token} | to_json }}"
    base_url: http://127.0.0.1:8123
    look: {config_dir: /srv/homeassistant/config}
"""

RETURN = r"""
outcome:
  description: What became of each action.
  returned: always
  type: list
  elements: dict
  sample: [{kind: end_session, username: olivia, status: done, reason: ''}]
settled:
  description: Whether Home Assistant's storage showed all of it before the look.
  returned: success
  type: bool
begun:
  description: The enrolments that were started, unreadable without the key given in O(credentials).
  returned: when O(step=begin)
  type: str
home_assistant:
  description: The look at Home Assistant afterwards.
  returned: when O(step=finish)
  type: dict
unknown:
  description: What the look could not determine, and why.
  returned: when O(step=finish)
  type: dict
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.ha import sealed
from ansible_collections.hearthwall.home.plugins.module_utils.ha.accounts_visit import AccountsVisit
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import Credentials
from ansible_collections.hearthwall.home.plugins.module_utils.ha.bcrypt_host import Unavailable
from ansible_collections.hearthwall.home.plugins.module_utils.ha.client import Client
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.ha.look import look
from ansible_collections.hearthwall.home.plugins.module_utils.ha.storage import Unreadable


def main():
    # One JSON text, so that no single secret of it is searched for (and found) in innocent output.
    module = AnsibleModule(
        argument_spec={
            "step": {"type": "str", "choices": ["begin", "finish"], "required": True},
            "actions": {"type": "list", "elements": "dict", "required": True},
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
    client = Client(given["base_url"])
    config_dir = given["look"]["config_dir"]
    visit = AccountsVisit(client, config_dir, credentials)
    begun = None
    try:
        with visit:
            if given["step"] == "begin":
                begun = visit.begin(given["actions"])
            else:
                visit.finish(given["actions"], secrets.get("begun") or {})
        settled = visit.wait_until_settled()
    except (HomeAssistantError, Unreadable, Unavailable) as error:
        module.fail_json(msg=str(error), outcome=visit.outcome.entries)
    result = {"outcome": visit.outcome.entries, "settled": settled}
    if begun is not None:
        result["begun"] = sealed.seal(secrets["key"], begun)
    else:
        known = {**credentials.passwords}
        value, unknown = look({**given["look"], "check_mode": False, "known_passwords": known})
        result.update(home_assistant=value, unknown=unknown)
    changed = any(entry["status"] == "done" and entry["kind"] != "confirm_enrolment" for entry in visit.outcome.entries)
    module.exit_json(changed=changed, **result)


if __name__ == "__main__":
    main()
