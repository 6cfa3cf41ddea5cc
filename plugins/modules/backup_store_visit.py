#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: backup_store_visit
short_description: Have a repository for each client of a store, which the right keys open
version_added: 0.1.0
description:
  - The host's half of M(hearthwall.home.backup_store), which plans and calls it. Of little use alone.
options:
  orders:
    description: The repositories, and the secrets that have to open them, as one JSON text.
    type: str
    required: true
  user:
    description: The account that the copies belong to.
    type: str
    required: true
extends_documentation_fragment:
  - hearthwall.home.attributes.host
  - action_common_attributes
requirements:
  - restic
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Have a repository
  hearthwall.home.backup_store_visit:
    orders: "{{ orders | to_json }}"
    user: hearthwall-backup
"""

RETURN = r"""
backup:
  description: The look at the store afterwards.
  returned: success
  type: dict
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.backup import found, look, restic


def main():
    module = AnsibleModule(
        argument_spec={
            "orders": {"type": "str", "required": True, "no_log": True},
            "user": {"type": "str", "required": True},
        }
    )
    try:
        for order in json.loads(module.params["orders"]):
            found.Founding(order, module.params["user"]).carry_out()
    except (restic.ResticError, OSError, KeyError) as error:
        module.fail_json(msg=f"The repositories are not as declared yet: {error}. Apply again once that is mended.")
    value, _unknown = look.look({"parts": ["store"]})
    module.exit_json(changed=True, backup=value)


if __name__ == "__main__":
    main()
