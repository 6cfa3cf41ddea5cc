# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a policy fits its router, and whether whoever manages it could come back."""

from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import Meaning
from ansible_collections.hearthwall.home.plugins.module_utils.segmentation import names, place

POLICY = load(
    {
        "zones": {
            "wan": {"interface": "wan", "kind": "wan"},
            "trusted": {"interface": "lan", "cidr4": "10.0.10.0/24", "cidr6": "2001:db8:10::/64"},
            "iot": {"interface": "iot", "cidr4": "10.0.20.0/24"},
            "away": {"interface": "wg0", "kind": "vpn", "cidr4": "10.0.50.0/24"},
        },
        "hosts": {"bulb": {"zone": "iot", "ip4": "10.0.20.11", "mac": "02:00:00:00:00:11"}},
        "router": {"manage": {"from": ["trusted"]}, "dhcp": ["iot"], "dns": ["trusted"]},
    }
)
OWN = [
    {"interface": "lan", "address": "10.0.10.1", "prefix": 24},
    {"interface": "iot", "address": "10.0.20.1", "prefix": 24},
]


@pytest.mark.parametrize(
    ("address", "port", "shut"),
    [("10.0.10.7", 22, False), ("10.0.10.7", 2222, True), ("10.0.20.7", 22, True), ("203.0.113.7", 22, True)],
)
def test_the_controller_is_let_in_where_and_how_it_came(address, port, shut):
    denied = place.locked_out(POLICY, Meaning(POLICY), {"address": address, "port": port}, OWN)
    assert bool(denied) == shut


def test_the_interface_that_it_comes_by_counts():
    swapped = [dict(entry, interface={"lan": "iot", "iot": "lan"}[entry["interface"]]) for entry in OWN]
    assert place.locked_out(POLICY, Meaning(POLICY), {"address": "10.0.10.7", "port": 22}, swapped)


def test_nobody_knows_where_a_controller_comes_from_that_was_not_seen():
    assert place.locked_out(POLICY, Meaning(POLICY), None, OWN) is None


def test_a_tunnel_may_not_be_up_yet_but_a_network_has_its_interface():
    links = {name: {} for name in ("lo", "wan", "lan")}
    assert [text.split(":")[0] for text in place.missing_interfaces(POLICY, links)] == [
        "hearthwall_policy.zones.iot.interface"
    ]
    assert place.missing_interfaces(POLICY, None) == []


def test_addresses_and_names_are_for_the_zones_that_the_policy_names():
    served = names.served(POLICY)
    by_name = {zone["name"]: zone for zone in served["zones"]}
    assert set(by_name) == {"trusted", "iot"}
    assert by_name["trusted"]["leases"] is None and by_name["trusted"]["dns"]
    assert by_name["iot"]["leases"] == {"low": "10.0.20.128", "high": "10.0.20.254", "netmask": "255.255.255.0"}
    assert not by_name["iot"]["dns"]
    assert [(host["name"], host["ip4"]) for host in served["hosts"]] == [("bulb", "10.0.20.11")]
