# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: openwrt
short_description: Bring a network policy to an OpenWrt router, and take it back where it does not hold
version_added: 0.1.0
description:
  - Compiles the policy to UCI (C(network), C(firewall), C(dhcp)) and to three files that the firewall includes. Writes
    only what differs, in one batch.
  - The change is tried first. What the router's own C(fw4) would load is read back and has to be proved equal to the
    policy; one C([!]) of C(fw4) refuses it, because C(fw4) leaves out a whole rule for one bad value and ends with 0.
  - Applied under a guard that lies on the router's flash. Unless what runs is proved over a new connection, the
    old configuration comes back by itself, also where the router restarts meanwhile.
  - Needs no Python on the router; everything there is done by its own shell.
  - Sections whose names begin with C(hearthwall_) are Hearthwall's. Those of others stay; where they are in the way, or
    open what the policy denies, the change is refused and says so.
options:
  bridge:
    default: br-lan
  replaces:
    description:
      - The sections of others that Hearthwall removes, as C(network.lan), C(firewall.@zone[0]), or C(firewall.@rule[*])
        for every one without a name.
    type: list
    elements: str
    default: []
  confirm_within:
    description: Seconds in which the change has to be proved over a new connection before the router undoes it.
    type: int
    default: 60
extends_documentation_fragment:
  - hearthwall.home.policy_router
  - hearthwall.home.attributes
attributes:
  diff_mode:
    support: full
  platform:
    details: OpenWrt 22.03 and newer, with fw4.
    platforms: OpenWrt
seealso:
  - module: hearthwall.home.routeros
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Segment the home
  hearthwall.home.openwrt:
    policy: "{{ hearthwall_policy }}"
    ports: {lan1: trusted, lan2: iot}
    trunks: [lan4]
    replaces: [network.lan, dhcp.lan, 'firewall.@zone[*]', 'firewall.@forwarding[*]', 'firewall.@rule[*]']
"""

RETURN = r"""
hearthwall_network:
  description: Who reaches whom, for the report; see M(hearthwall.home.segmentation_proof).
  returned: always
  type: dict
changes:
  description: What differs, one line for each section or option.
  returned: always
  type: list
  elements: str
  sample: ["+ firewall.hearthwall_permit_4f79a2060d (rule): sensors publish"]
foreign:
  description: Sections of others that may let something through; the proof has taken them into account.
  returned: always
  type: list
  elements: str
  sample: ["firewall.@rule[0]"]
"""
