# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.from_policy import host_of, services, ways

DESCRIBED = {
    "zones": {
        "wan": {"interface": "wan", "kind": "wan"},
        "trusted": {"interface": "lan", "cidr4": "10.0.10.0/24", "cidr6": "2001:db8:10::/64"},
        "servers": {"interface": "srv", "cidr4": "10.0.40.0/24", "cidr6": "2001:db8:40::/64"},
        "iot": {"interface": "iot", "cidr4": "10.0.20.0/24"},
    },
    "hosts": {
        "hub": {"zone": "servers", "ip4": "10.0.40.10", "ip6": "2001:db8:40::10"},
        "nas": {"zone": "servers", "ip4": "10.0.40.20"},
        "bulb": {"zone": "iot", "ip4": "10.0.20.11"},
    },
    "flows": [
        {"from": "trusted", "to": "servers", "services": ["https"], "why": "use"},
        {"from": "bulb", "to": "hub", "services": ["mqtts", "udp/6000-6010"], "why": "sensors"},
        {"from": "trusted", "to": "nas", "services": ["any"], "why": "files"},
        {"from": "internet", "to": "hub", "services": ["https"], "why": "IPv6"},
    ],
    "router": {"manage": {"from": ["trusted"]}},
    "forwards": [{"port": "tcp/8443", "to": "hub", "to_port": 443, "why": "front door"}],
}


@pytest.fixture(scope="module")
def policy():
    return load(DESCRIBED)


def test_the_internet_reaches_what_is_forwarded_and_what_flows_from_it(policy):
    found = {(way.to, way.protocol, way.port, way.to_port) for way in ways(policy, {"hub": "ha"})}
    assert found == {("ha", "tcp", 8443, 443), ("ha", "tcp", 443, 443)}
    assert all(way.from_wan and "2001:db8:40::10" in way.addresses for way in ways(policy, {"hub": "ha"}))


def test_a_host_lets_in_what_the_policy_lets_through_to_it(policy):
    found = {(each.protocol, each.ports, each.sources) for each in services(policy, "hub")}
    assert found == {
        ("tcp", ("443",), ("10.0.10.0/24", "2001:db8:10::/64")),
        ("tcp", ("8883",), ("10.0.20.11",)),
        ("udp", ("6000-6010",), ("10.0.20.11",)),
    }
    everything = [each for each in services(policy, "nas") if each.ports == ("1-65535",)]
    assert {each.protocol for each in everything} == {"tcp", "udp"}


def test_a_host_is_known_by_its_address(policy):
    assert host_of(policy, ["10.0.40.10"]) == "hub"
    assert host_of(policy, ["10.0.40.99"]) is None
