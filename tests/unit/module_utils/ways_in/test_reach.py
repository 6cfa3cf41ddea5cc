# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.nftables import atoms, walk
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import Ruleset
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import reach
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.forwards import forwards

HA = "2001:db8:40::10"


def test_a_source_that_only_the_rules_name_is_found(listed):
    answer = reach.through(listed("stateful"), ["wan"], "servers", HA, ports=[443, 8123])
    assert answer.complete
    assert answer.open[("tcp", 8123)].startswith("2001:db8:77:")
    assert ("tcp", 443) in answer.open and ("udp", 443) not in answer.open


def test_sources_inside_the_home_do_not_count_as_the_internet(listed):
    inside = ["2001:db8:77::/48"]
    answer = reach.through(listed("stateful"), ["wan"], "servers", HA, ports=[8123], inside=inside)
    assert answer.open == {}


def test_a_published_container_port_passes_a_naive_firewall(listed):
    allowed, doubts = reach.sources_of(listed("published"), ["eth0"], "10.0.40.10", "tcp", 8123)
    assert allowed and not doubts
    allowed, _doubts = reach.sources_of(listed("published"), ["eth0"], "10.0.40.10", "tcp", 80)
    assert allowed == []


def test_what_a_forward_leads_to_is_asked_of_the_forward_chains(listed):
    document = listed("router-closed")
    declared = next(each for each in forwards(Ruleset(document))[0] if each["port"] == 443)
    assert reach.effect(document, declared, ["wan"], "203.0.113.1", "servers") == walk.ALLOWED
    stray = dict(declared, port=8123, to_port=8123)
    assert reach.effect(document, stray, ["wan"], "203.0.113.1", "servers") == walk.BLOCKED
    assert reach.effect(document, dict(declared, port="any"), ["wan"], "203.0.113.1", "servers") == walk.UNKNOWN


def test_one_source_of_every_interval_is_asked_about():
    named = {
        "elem": [
            "10.0.0.0/8",
            {"prefix": {"addr": "192.168.1.0", "len": 24}},
            {"range": ["198.51.100.5", "198.51.100.9"]},
        ]
    }
    found, complete = atoms.addresses(named, "ip")
    assert complete
    networks = [ipaddress.ip_network(each) for each in ("10.0.0.0/8", "192.168.1.0/24")]
    for network in networks:
        assert len([each for each in found if ipaddress.ip_address(each) in network]) == 1
    # What follows up to the end belongs to the same interval as anybody.
    assert "198.51.100.5" in found and "198.51.100.10" not in found and found[0] == atoms.ANYBODY["ip"]
    apart, _complete = atoms.addresses(named, "ip", networks[:1])
    assert not any(ipaddress.ip_address(each) in networks[0] for each in apart)
    assert atoms.addresses(named, "ip6") == ([atoms.ANYBODY["ip6"]], True)


def test_one_port_of_every_interval_is_asked_about():
    assert atoms.ports({"right": {"set": [443, {"range": [8000, 8010]}]}}) == [1, 443, 444, 8000, 8011]


def test_more_sources_than_can_be_asked_about_are_admitted():
    named = [f"10.{high}.{low}.0/25" for high in range(2) for low in range(256)]
    assert atoms.addresses(named, "ip")[1] is False
