#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ways_in
short_description: Find the ways from the internet to Home Assistant on a router, and close those that are not declared
version_added: 0.1.0
description:
  - Compares the ways in that the home declares with those that its Linux router has open. Port-forwards of nftables and
    of both kinds of iptables, mappings of UPnP and NAT-PMP, and what the running rules let through over IPv6.
  - Closes what is not declared, in the running rules and in the files that would bring it back, as one guarded change.
    Rules that lead elsewhere are never touched.
  - An edit of a file of nftables is proved before it is made. The file is loaded in a network namespace made for the
    purpose, before and after, and nothing but the way in may differ.
  - Stops miniupnpd without letting its scripts delete tables, or holds it back from Home Assistant.
options:
  http:
    description: The HTTP settings that the home declares. Only C(server_port) counts here.
  task:
    description: What the half on the host has to do; set by the action.
    type: str
    choices: [see, close, reload]
    default: see
  gone:
    description: The ways in to close; set by the action.
    type: list
    elements: dict
    default: []
  daemon:
    description: What has to happen to the UPnP daemon; set by the action.
    type: dict
    default: {}
extends_documentation_fragment:
  - hearthwall.home.exposure
  - hearthwall.home.exposure.router
  - hearthwall.home.exposure.applied
  - hearthwall.home.attributes
attributes:
  diff_mode:
    support: full
  platform:
    platforms: linux
seealso:
  - module: hearthwall.home.exposure
  - module: hearthwall.home.bundle
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Close every way to Home Assistant that is not declared
  hearthwall.home.ways_in:
    ways_in:
      - name: front door
        from: wan
        to: ha
        port: 443
        why: Home Assistant through the reverse proxy
    upnp: "off"
"""

RETURN = r"""
closed:
  description: The ways in that were closed, or would be in check mode.
  returned: always
  type: list
  elements: str
  sample: ["tcp 8123 on wan to 10.0.40.10:8123 (nftables, /etc/nftables.conf:16)"]
left:
  description: What could not be closed for good, and why.
  returned: always
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.visit import command, errors
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import apply

UNIT = "hearthwall-firewall.service"


def main():
    module = AnsibleModule(
        argument_spec={
            "ways_in": {"type": "list", "elements": "dict"},
            "http": {"type": "dict", "default": {}},
            "wan_interfaces": {"type": "list", "elements": "str", "default": []},
            "upnp": {"type": "str", "choices": ["off", "secure"], "default": "off"},
            "look_again": {"type": "bool", "default": False},
            "confirm_within": {"type": "int", "default": 60},
            "task": {"type": "str", "choices": ["see", "close", "reload"], "default": "see"},
            "gone": {"type": "list", "elements": "dict", "default": []},
            "daemon": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    given = module.params
    result = {"changed": False, "closed": [], "left": [], "guard": None, "texts": {}}
    try:
        if given["task"] == "close" and module.check_mode:
            result.update(apply.foresee(given["gone"], given["daemon"]))
        elif given["task"] == "close":
            result.update(apply.close(given["gone"], given["daemon"], given["confirm_within"]))
        elif given["task"] == "reload" and not module.check_mode:
            result.update(guard=apply.reload(UNIT, given["confirm_within"]), changed=True)
    except (apply.NotClosed, command.CommandError, *errors.EXPECTED) as error:
        module.fail_json(msg=str(error))
    value, unknown, document = apply.see()
    module.exit_json(**result, ways_in=value, unknown=unknown, ruleset=document)


if __name__ == "__main__":
    main()
