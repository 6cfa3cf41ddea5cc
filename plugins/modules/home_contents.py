#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: home_contents
short_description: Say what a Home Assistant consists of, so that two of them can be compared
version_added: 0.1.0
description:
  - Reads people, automations, registered entities, and the number of rows of history. Writes nothing.
options:
  config_dir:
    description: Home Assistant's configuration directory.
    type: path
    required: true
  since:
    description: From when rows count, by table, in seconds since 1970.
    type: dict
    default: {}
  until:
    description: Until when rows count, in seconds since 1970.
    type: float
    required: true
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
- name: Say what the home consists of
  hearthwall.home.home_contents:
    config_dir: /srv/homeassistant/config
    until: 1795459834
"""

RETURN = r"""
contents:
  description: People, automations, entities and rows.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.backup import contents


def main():
    module = AnsibleModule(
        argument_spec={
            "config_dir": {"type": "path", "required": True},
            "since": {"type": "dict", "default": {}},
            "until": {"type": "float", "required": True},
        },
        supports_check_mode=True,
    )
    since = {table: float(when) for table, when in module.params["since"].items() if when is not None}
    found = contents.of(module.params["config_dir"], since, module.params["until"])
    module.exit_json(contents=found)


if __name__ == "__main__":
    main()
