# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.description import wireguard
from ansible_collections.hearthwall.home.plugins.module_utils.description.home import DescribedHome, DescribedHost

KEY = "VuZPgGbmlgeUxBcYcnkMNTPGDB6zvEf0NHWXGlyO6DY="
NETWORKS = ["10.0.50.0/24", "fd50::/64"]
ZONE = {"interface": "vpn", "kind": "vpn", "cidr4": NETWORKS[0], "cidr6": NETWORKS[1]}
GOOD = {
    "wireguard_networks": NETWORKS,
    "wireguard_endpoint": "home.example.org",
    "wireguard_peers": {"anna-phone": {}, "ben-laptop": {"public_key": KEY, "tunnel": "full", "keepalive": 25}},
    "hearthwall_policy": {"zones": {"vpn": ZONE}},
}


def problems(groups=("wireguard", "router"), **changes):
    host = DescribedHost("gateway", groups, {**GOOD, **changes})
    return {each["variable"]: each["problem"] for each in wireguard.check(DescribedHome("home", [host]))}


def test_a_good_description_is_taken():
    assert problems() == {}


@pytest.mark.parametrize(
    ("changes", "where", "words"),
    [
        ({"wireguard_endpoint": "home.example.org:51820"}, "wireguard_endpoint", "has a port in it"),
        ({"wireguard_interface": "a name that is too long"}, "wireguard_interface", "no name for an interface"),
        ({"wireguard_networks": ["10.0.50.1/24"]}, "wireguard_networks[0]", "host bits"),
        ({"wireguard_networks": ["10.0.50.0/31"]}, "wireguard_networks[0]", "no room"),
        ({"wireguard_networks": [*NETWORKS, "10.0.60.0/24"]}, "wireguard_networks[2]", "second of IPv4"),
        ({"wireguard_networks": NETWORKS[:1]}, "wireguard_networks", "the policy's zone"),
        ({"wireguard_peers": {"an na": {}}}, "wireguard_peers.an na", "is no name"),
        ({"wireguard_peers": {"anna": "phone"}}, "wireguard_peers.anna", "must be a mapping"),
        ({"wireguard_peers": {"anna": {"tunel": "full"}}}, "wireguard_peers.anna.tunel", "Did you mean tunnel?"),
        ({"wireguard_peers": {"anna": {"tunnel": "half"}}}, "wireguard_peers.anna.tunnel", "neither split nor full"),
        ({"wireguard_peers": {"anna": {"preshared": "yes"}}}, "wireguard_peers.anna.preshared", "true or false"),
        ({"wireguard_peers": {"anna": {"keepalive": -1}}}, "wireguard_peers.anna.keepalive", "must be seconds"),
        ({"wireguard_peers": {"anna": {"public_key": "AAAA"}}}, "wireguard_peers.anna.public_key", "no key"),
        (
            {"wireguard_peers": {"anna": {"public_key": KEY}, "ben": {"public_key": KEY}}},
            "wireguard_peers.ben.public_key",
            "is that of anna",
        ),
        ({"hearthwall_policy": {"zones": {}}}, "hearthwall_policy.zones", "no zone of the kind vpn"),
    ],
)
def test_a_bad_one_is_told(changes, where, words):
    assert words in problems(**changes)[where]


def test_a_home_has_one_server():
    hosts = [DescribedHost(name, ("wireguard",), {**GOOD, "hearthwall_policy": {}}) for name in ("one", "two")]
    [told] = wireguard.check(DescribedHome("home", hosts))
    assert told["hosts"] == ["two"]
    assert "more than one" in told["problem"]


def test_the_hosts_own_firewall_has_to_know():
    groups = ("wireguard", "home_assistant")
    assert "is not let in" in problems(groups)["exposure_host_services"]
    let_in = [{"name": "WireGuard", "protocol": "udp", "port": 51820}]
    assert problems(groups, exposure_host_services=let_in) == {}
    assert problems(groups, exposure_host_firewall=False) == {}
