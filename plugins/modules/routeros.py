# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: routeros
short_description: Bring a network policy to a RouterOS 7 router, and take it back where it does not hold
version_added: 0.1.0
description:
  - Compiles the policy to bridge VLANs, addresses, DHCP and firewall rules in chains of their own, and does only what
    differs, over the router's API.
  - What the router would have afterwards is proved equal to the policy before anything is done.
  - Everything takes effect in one connection under safe mode. A second connection reads the router back and proves it;
    only then safe mode is released. Where it is not, the router undoes it, by safe mode or by a scheduler that loads a
    backup.
  - RouterOS can undo about 100 actions. What nobody looks at yet is laid in rounds before; a plan of which more takes
    effect at once is refused.
  - Entries whose comment begins with C(hearthwall) or whose name begins with C(hearthwall-) are Hearthwall's. Those of
    others stay.
requirements:
  - librouteros >= 4.2 (on the controller)
options:
  host:
    description: The router's address.
    type: str
    required: true
  username:
    description: A user with the policies C(api), C(read), C(write), C(policy), C(sensitive) and C(test).
    type: str
    required: true
  password:
    description: The user's password.
    type: str
    required: true
  port:
    description: The API's port. By default 8729 with TLS and 8728 without.
    type: int
  tls:
    description: Whether to use the service C(api-ssl).
    type: bool
    default: true
  ca_path:
    description: The authority of the router's certificate.
    type: path
  validate_certs:
    description: Whether the router's certificate has to be right.
    type: bool
    default: true
  bridge:
    default: bridge
  replaces:
    description: The menus in which an entry of others in the place of Hearthwall's is taken over, as C(/ip/address).
    type: list
    elements: str
    default: []
  confirm_within:
    description: Seconds after which the router's own scheduler undoes what was not released.
    type: int
    default: 60
extends_documentation_fragment:
  - hearthwall.home.policy_router
  - hearthwall.home.attributes.controller
  - hearthwall.home.attributes
attributes:
  diff_mode:
    support: full
seealso:
  - module: hearthwall.home.openwrt
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Segment the home
  hearthwall.home.routeros:
    policy: "{{ hearthwall_policy }}"
    host: 192.168.88.1
    username: hearthwall
    password: "{{ hearthwall_routeros_password }}"
    ports: {ether2: trusted, ether3: iot}
    trunks: [ether5]
"""

RETURN = r"""
hearthwall_network:
  description: Who reaches whom, for the report; see M(hearthwall.home.segmentation_proof).
  returned: always
  type: dict
changes:
  description: The actions, one line each.
  returned: always
  type: list
  elements: str
  sample: ["/interface/bridge/set *1 vlan-filtering='yes' was vlan-filtering='no'"]
rounds:
  description: In how many safe modes they were done.
  returned: when something was applied
  type: int
  sample: 3
"""
