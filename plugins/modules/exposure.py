# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exposure
short_description: Work out what a home's declared ways in mean for one host
version_added: 0.1.0
description:
  - Derives the HTTP settings of Home Assistant, the services that its host lets in, and what its router lets through.
    Starts from the declared ways in and from what the snapshots of this run have seen.
  - Refuses a firewall that would lock the controller out, and ways in that lead to nobody.
  - Runs on the controller and changes nothing.
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
  wan_interfaces:
    description: The router's interfaces to the internet. By default those of its default routes.
    type: list
    elements: str
    default: []
  upnp:
    description: Whether UPnP and NAT-PMP are off, or in secure mode and denied to Home Assistant.
    type: str
    choices: ["off", secure]
    default: "off"
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
  - module: hearthwall.home.host_firewall
  - module: hearthwall.home.ways_in
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Work out what the declared ways in mean for this host
  hearthwall.home.exposure:
    ways_in:
      - {name: front door, from: wan, to: ha, port: 443}
    management: [10.0.10.0/24]
  register: meaning
"""

RETURN = r"""
exposure:
  description: What the description means for this host, by subject.
  returned: always
  type: dict
  sample:
    http: {trusted_proxies: ["127.0.0.1", "::1"], login_attempts_threshold: 5}
"""
