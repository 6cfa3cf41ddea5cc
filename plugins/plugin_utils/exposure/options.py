# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the actions of the role exposure are told: the role's variables, without their prefix."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.firewall import PRIVATE

ROLE = "exposure"
COMMON = {
    "ways_in": {"type": "list", "elements": "dict"},
    "http": {"type": "dict", "default": {}},
}
HOST = {
    "host_firewall": {"type": "bool", "default": True},
    "management": {"type": "list", "elements": "str", "default": list(PRIVATE)},
    "management_ports": {"type": "list", "elements": "int", "default": []},
    "discovery": {"type": "bool", "default": True},
    "host_services": {"type": "list", "elements": "dict", "default": []},
}
ROUTER = {
    "wan_interfaces": {"type": "list", "elements": "str", "default": []},
    "upnp": {"type": "str", "choices": ["off", "secure"], "default": "off"},
}
APPLIED = {
    "look_again": {"type": "bool", "default": False},
    "confirm_within": {"type": "int", "default": 60},
}
