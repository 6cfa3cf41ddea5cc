#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: outside_probe
short_description: Try from a host which TCP ports of some addresses answer
version_added: 0.1.0
description:
  - The half of M(hearthwall.home.ways_audit) on the host outside. Opens TCP connections, many at once and each once,
    and closes those that are accepted without a word. Changes nothing.
options:
  addresses:
    description: The addresses to try.
    type: list
    elements: str
    required: true
  ports:
    description: The ports to try of each.
    type: list
    elements: int
    required: true
  seconds:
    description: How long all of it may take.
    type: int
    default: 30
extends_documentation_fragment:
  - action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    platforms: posix
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: See what of the home answers here
  hearthwall.home.outside_probe:
    addresses: [198.51.100.2]
    ports: [80, 443, 8123]
  delegate_to: somewhere_else
"""

RETURN = r"""
found:
  description: By address, the open ports, how many refused and were silent, and from which address it was tried.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import probe


def main():
    module = AnsibleModule(
        argument_spec={
            "addresses": {"type": "list", "elements": "str", "required": True},
            "ports": {"type": "list", "elements": "int", "required": True},
            "seconds": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    given = module.params
    module.exit_json(found=probe.knock(given["addresses"], given["ports"], given["seconds"]))


if __name__ == "__main__":
    main()
