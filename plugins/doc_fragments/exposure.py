# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions of the role exposure are told: the parts of plugin_utils/exposure/options.py."""

from __future__ import annotations


class ModuleDocFragment:
    """The ways in, which all of them are told."""

    DOCUMENTATION = r"""
options:
  ways_in:
    description: The ways in that the home declares. By default the front door of the hosts in the group C(edge).
    type: list
    elements: dict
  http:
    description: HTTP settings that go before those that are derived.
    type: dict
    default: {}
"""

    HOST = r"""
options:
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
"""

    ROUTER = r"""
options:
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
"""

    APPLIED = r"""
options:
  look_again:
    description: Whether something has changed on the host since the snapshot of this run.
    type: bool
    default: false
  confirm_within:
    description: Seconds in which the change has to be confirmed over a new connection before the host undoes it.
    type: int
    default: 60
"""
