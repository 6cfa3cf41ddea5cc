# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: segmentation
short_description: Compile a home's network policy for its router, and prove the result
version_added: 0.2.0
description:
  - Compiles the policy to one table of nftables. Where that is not what the router has already, its nft reads the text
    in a network namespace made for the purpose, and what it has read is proved to mean exactly what the policy says.
  - Refuses a policy under which the controller could not come back, or that names interfaces which the router does not
    have; and rules that are not proved.
  - Changes nothing. The role loads the rules with M(hearthwall.home.bundle).
options:
  policy:
    description: The home's network policy, C(hearthwall_policy). Without it nothing is compiled.
    type: dict
  trunks:
    description: The router's interfaces that carry every network with its VLAN tag.
    type: list
    elements: str
    default: []
  ports:
    description: The router's interfaces that lead to one network without a tag, as interface and zone.
    type: dict
    default: {}
  file:
    description: The file that the rules are kept in.
    type: path
    default: /etc/hearthwall/firewall.d/policy.nft
extends_documentation_fragment:
  - hearthwall.home.attributes
attributes:
  platform:
    platforms: debian
seealso:
  - module: hearthwall.home.segmentation_proof
  - module: hearthwall.home.bundle
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Compile the home's policy, and prove that the rules mean what it says
  hearthwall.home.segmentation:
    policy: "{{ hearthwall_policy }}"
  register: compiled
"""

RETURN = r"""
segmentation:
  description: What the role needs to bring the policy about.
  returned: always
  type: dict
  contains:
    declared:
      description: Whether there is a policy.
      type: bool
    rules:
      description: The compiled table.
      type: str
    switch:
      description: The files of systemd-networkd, if the router's own bridge is declared.
      type: list
      elements: dict
    names:
      description: The zones that are served addresses and names, and the hosts with fixed ones.
      type: dict
    reflect:
      description: The interfaces between which mDNS is repeated.
      type: list
      elements: str
"""
