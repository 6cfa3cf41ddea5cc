# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: host_firewall
short_description: Ask the running rules of a host whether they let in what is declared, and load them anew where not
version_added: 0.1.0
description:
  - Walks a packet of every source and port that the rules or the declaration can tell apart through the running rules.
    Says who reaches Home Assistant's port, and which listeners answer beyond what is declared.
  - Where Hearthwall's own table is not as declared although its file is, it is loaded anew, as a guarded change.
options:
  ways_in:
    description: The ways in that the home declares. By default the front door of the hosts in the group C(edge).
    type: list
    elements: dict
  http:
    description: HTTP settings that go before those that are derived.
    type: dict
    default: {}
  host_firewall:
    description: Whether the host of Home Assistant gets a firewall of Hearthwall's.
    type: bool
    default: true
  management:
    description: The networks that may reach SSH. By default every private network.
    type: list
    elements: str
    default: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, 'fc00::/7', 'fe80::/10']
  management_ports:
    description: The ports of SSH. By default the one that the controller is connected to.
    type: list
    elements: int
    default: []
  discovery:
    description: Whether mDNS and SSDP from private networks are let in.
    type: bool
    default: true
  host_services:
    description: What else others may reach on the host of Home Assistant.
    type: list
    elements: dict
    default: []
  look_again:
    description: Whether something has changed on the host since the snapshot of this run.
    type: bool
    default: false
  confirm_within:
    description: Seconds in which the change has to be confirmed over a new connection before the host undoes it.
    type: int
    default: 60
extends_documentation_fragment:
  - hearthwall.home.attributes
attributes:
  delegation:
    support: none
  diff_mode:
    support: none
  platform:
    platforms: linux
seealso:
  - module: hearthwall.home.exposure
  - module: hearthwall.home.ways_in
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Ask the running rules who reaches Home Assistant
  hearthwall.home.host_firewall:
    ways_in:
      - {name: front door, from: wan, to: ha, port: 443}
    management: [10.0.10.0/24]
"""

RETURN = r"""
loaded_for:
  description: How the running rules deviated before they were loaded anew.
  returned: when they were loaded anew
  type: list
  elements: str
  sample: ["203.0.113.199 reaches tcp 8123"]
"""
