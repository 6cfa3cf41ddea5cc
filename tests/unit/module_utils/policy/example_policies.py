# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies that are right: a whole home, and the smallest one."""

from __future__ import annotations

import copy
import datetime

TODAY = datetime.date(2026, 11, 23)

HOME = {
    "zones": {
        "wan": {"interface": "wan", "kind": "wan"},
        "trusted": {
            "interface": "trusted",
            "cidr4": "10.0.10.0/24",
            "cidr6": "2001:db8:10::/64",
            "vlan": 10,
            "internet": "allow",
        },
        "iot": {
            "interface": "iot",
            "cidr4": "10.0.20.0/24",
            "cidr6": "2001:db8:20::/64",
            "vlan": 20,
            "intra": "isolate",
        },
        "guest": {
            "interface": "guest",
            "cidr4": "10.0.30.0/24",
            "cidr6": "2001:db8:30::/64",
            "vlan": 30,
            "intra": "isolate",
            "internet": "allow",
        },
        "servers": {
            "interface": "servers",
            "cidr4": "10.0.40.0/24",
            "cidr6": ["2001:db8:40::/64", "fd00:40::/64"],
            "vlan": 40,
        },
        "vpn": {"interface": "wg0", "kind": "vpn", "cidr4": "10.0.90.0/24", "cidr6": "fd00:90::/64"},
    },
    "hosts": {
        "ha": {"zone": "servers", "ip4": "10.0.40.10", "ip6": "2001:db8:40::10", "mac": "02:00:00:00:40:10"},
        "nas": {"zone": "servers", "ip4": "10.0.40.20", "ip6": "2001:db8:40::20"},
        "bulb": {"zone": "iot", "ip4": "10.0.20.50"},
        "laptop": {"zone": "trusted", "ip4": "10.0.10.100", "ip6": "2001:db8:10::100"},
    },
    "services": {"mosh": ["udp/60000-61000"], "hub": ["tcp/8123", "tcp/443"]},
    "flows": [
        {"from": "iot", "to": "ha", "services": ["mqtts"], "why": "sensors publish", "until": "2027-03-01"},
        {"from": ["trusted", "vpn"], "to": "ha", "services": ["hub", "ping"], "why": "people use the home"},
        {"from": "ha", "to": ["iot", "internet"], "services": ["https", "tcp/6053"], "why": "devices and updates"},
        {"from": "laptop", "to": "servers", "services": ["ssh", "mosh"], "why": "administration"},
        {"from": "nas", "to": "internet", "services": ["any"], "why": "backups leave the house"},
        {"from": "internet", "to": "router", "services": ["wireguard"], "why": "the way home"},
        {"from": "guest", "to": "nas", "services": ["ipp"], "why": "last summer's printer", "until": "2026-08-31"},
    ],
    "never": [
        {"from": "iot", "to": ["trusted", "internet"], "why": "cameras do not phone home"},
        {"from": "guest", "to": ["trusted", "servers", "iot"]},
        {"from": "internet", "to": "trusted"},
    ],
    "router": {
        "manage": {"from": ["trusted", "vpn"], "services": ["ssh", "https"]},
        "dhcp": ["trusted", "iot", "guest"],
        "dns": ["trusted", "iot", "guest", "servers", "vpn"],
        "ntp": ["iot", "servers"],
    },
    "reflect": [{"service": "mdns", "between": ["trusted", "servers", "iot"]}],
    "forwards": [
        {"port": "tcp/443", "to": "ha", "why": "the front door"},
        {"port": "tcp/2222", "to": "nas", "to_port": 22, "why": "a friend's backup"},
    ],
}

SMALL = {
    "zones": {
        "lan": {"interface": "lan", "cidr4": "192.168.1.0/24"},
        "iot": {"interface": "iot", "cidr4": "192.168.2.0/24"},
    },
    "flows": [{"from": "lan", "to": "iot", "services": ["http"], "why": "settings pages"}],
    "router": {"manage": {"from": "lan"}},
}


def changed(*changes, of=None):
    """Return a copy of a policy with (place, value) put in; a place ends in + to append, a value of None removes."""
    policy = copy.deepcopy(HOME if of is None else of)
    for place, value in changes:
        *path, last = place.rstrip("+").split(".")
        inner = policy
        for step in path:
            inner = inner[int(step) if step.isdigit() else step]
        last = int(last) if last.isdigit() else last
        if place.endswith("+"):
            inner.setdefault(last, []).append(value)
        elif value is None:
            del inner[last]
        else:
            inner[last] = value
    return policy
