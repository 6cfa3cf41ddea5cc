# SPDX-License-Identifier: GPL-3.0-or-later
"""The home that the routers' backends are tested with: every kind of zone, flow and service, in both families."""

from __future__ import annotations

import copy

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros.compile import interfaces
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.switch import Switch

HOME = {
    "zones": {
        "wan": {"interface": "wan", "kind": "wan"},
        "trusted": {
            "cidr4": "10.0.10.0/24",
            "cidr6": "2001:db8:10::/64",
            "vlan": 10,
            "internet": "allow",
        },
        "iot": {"cidr4": "10.0.20.0/24", "cidr6": "2001:db8:20::/64", "vlan": 20, "intra": "isolate"},
        "guest": {"cidr4": "10.0.30.0/24", "vlan": 30, "intra": "isolate", "internet": "allow"},
        "servers": {"cidr4": "10.0.40.0/24", "cidr6": "2001:db8:40::/64", "vlan": 40},
        "vpn": {"interface": "wg0", "kind": "vpn", "cidr4": "10.0.50.0/24"},
    },
    "hosts": {
        "ha": {"zone": "servers", "ip4": "10.0.40.10", "ip6": "2001:db8:40::10", "mac": "02:00:00:00:40:10"},
        "camera": {"zone": "iot", "ip4": "10.0.20.30", "mac": "02:00:00:00:20:30"},
    },
    "services": {"mosh": ["udp/60000-61000"]},
    "flows": [
        {"from": "iot", "to": "ha", "services": ["mqtts"], "why": "sensors publish"},
        {"from": ["trusted", "vpn"], "to": "ha", "services": ["https", "ping"], "why": "the household's front door"},
        {"from": "ha", "to": "camera", "services": ["rtsp"], "why": "Home Assistant records"},
        {"from": "trusted", "to": "servers", "services": ["ssh", "mosh"], "why": "administration"},
        {"from": "ha", "to": "internet", "services": ["https"], "why": "updates", "until": "2099-12-31"},
    ],
    "never": [{"from": "iot", "to": "trusted", "why": "a hacked bulb finds no laptop"}],
    "router": {
        "manage": {"from": ["trusted"], "services": ["ssh"]},
        "dhcp": ["trusted", "iot", "guest"],
        "dns": ["trusted", "iot", "guest", "servers"],
        "ntp": ["iot"],
    },
    "reflect": [{"service": "mdns", "between": ["trusted", "iot"]}],
    "forwards": [{"port": "tcp/443", "to": "ha", "to_port": 8443, "why": "the front door from outside"}],
}
PORTS = {"lan1": "trusted", "lan2": "iot", "lan3": "iot", "lan5": "servers"}
TRUNKS = ("lan4",)


def policy(bridge, **changes):
    """Return the policy with the interfaces that OpenWrt gives its zones, and the switch."""
    switch = Switch(bridge, PORTS, TRUNKS)
    found = load({**copy.deepcopy(HOME), **changes})
    return found.with_interfaces({zone.name: [switch.interface(zone)] for zone in switch.bridged(found)}), switch


def routeros(**changes):
    """Return the policy with the interfaces that RouterOS gives its zones, and the switch."""
    found, switch = load({**copy.deepcopy(HOME), **changes}), Switch("bridge", PORTS, TRUNKS)
    return found.with_interfaces(interfaces(found, switch)), switch
