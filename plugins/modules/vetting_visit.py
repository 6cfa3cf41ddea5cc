#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: vetting_visit
short_description: Read through, keep, move aside or put back code inside a Home Assistant
version_added: 0.1.0
description:
  - The host's half of M(hearthwall.home.vetting), which plans and calls it. Of little use alone.
  - In check mode it only reads.
options:
  review:
    description: Items that nobody approved, each with the hash that was approved before.
    type: list
    elements: dict
    default: []
  keep:
    description: Approved items of which a copy is to be kept on the host, for showing later changes.
    type: list
    elements: dict
    default: []
  aside:
    description: Items to move into quarantine, each with the reasons.
    type: list
    elements: dict
    default: []
  back:
    description: What to put back from quarantine, by its id.
    type: list
    elements: str
    default: []
  credentials:
    description: What is held for logging in, as one JSON text.
    type: str
    default: '{}'
  base_url:
    description: Home Assistant's address as seen from this host.
    type: str
    default: ''
  config_dir:
    description: Home Assistant's configuration directory.
    type: path
    required: true
  unit:
    description: The unit that runs Home Assistant.
    type: str
extends_documentation_fragment:
  - hearthwall.home.attributes.host
  - action_common_attributes
attributes:
  check_mode:
    support: full
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Put an integration back
  hearthwall.home.vetting_visit:
    back: [20261123T180000Z-integrations-doorbell_plus]
    config_dir: /srv/homeassistant/config
    unit: home-assistant.service
    base_url: http://127.0.0.1:8123
    credentials: "{{ {'token': vault_token} | to_json }}"
"""

RETURN = r"""
reviews:
  description: What there is to review in each item.
  returned: success
  type: list
  elements: dict
  sample: [{kind: integrations, name: doorbell_plus, calls: ['telemetry.py:7 hides text (base64.b64decode)']}]
moved:
  description: What went into quarantine.
  returned: success
  type: list
  elements: dict
  sample: []
returned:
  description: What came back from quarantine.
  returned: success
  type: list
  elements: dict
  sample: []
kept:
  description: The hashes of which a copy is kept now.
  returned: success
  type: list
  elements: str
  sample: []
vetting:
  description: The look at the code afterwards.
  returned: when something changed
  type: dict
unknown:
  description: What the look could not determine, and why.
  returned: when something changed
  type: dict
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import Credentials
from ansible_collections.hearthwall.home.plugins.module_utils.vetting import visit
from ansible_collections.hearthwall.home.plugins.module_utils.vetting.look import look


def main():
    module = AnsibleModule(
        argument_spec={
            "review": {"type": "list", "elements": "dict", "default": []},
            "keep": {"type": "list", "elements": "dict", "default": []},
            "aside": {"type": "list", "elements": "dict", "default": []},
            "back": {"type": "list", "elements": "str", "default": []},
            "credentials": {"type": "str", "default": "{}", "no_log": True},
            "base_url": {"type": "str", "default": ""},
            "config_dir": {"type": "path", "required": True},
            "unit": {"type": "str"},
        },
        supports_check_mode=True,
    )
    given = module.params
    result = {"reviews": visit.read_through(given["review"]), "moved": [], "returned": [], "kept": []}
    if module.check_mode:
        module.exit_json(changed=False, **result)
    held = json.loads(given["credentials"])
    credentials = Credentials(held.get("admin"), held.get("token"), held.get("passwords"), held.get("secrets"))
    change = visit.Change(given["base_url"], given["config_dir"], given["unit"], credentials)
    try:
        result["kept"] = visit.keep(given["keep"])
        if given["aside"]:
            result["moved"] = change.aside(given["aside"])
        if given["back"]:
            result["returned"] = change.back(given["back"])
    except visit.VisitFailed as error:
        module.fail_json(msg=str(error), **result)
    changed = bool(result["kept"] or result["moved"] or result["returned"])
    if changed:
        value, unknown = look({"config_dir": given["config_dir"]})
        result.update(vetting=value, unknown=unknown)
    module.exit_json(changed=changed, **result)


if __name__ == "__main__":
    main()
