# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import firewall, host
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.declared import Way
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.firewall import Service

WAYS = [Way("front door 443", ("wan",), "ha", ("10.99.40.10",)), Way("80", ("wan",), "ha", (), port=80, to_port=80)]


@pytest.fixture
def wanted():
    return firewall.services("ha", WAYS, ["10.99.10.0/24"], [22], True, [])


def snapshot(document, listeners=()):
    return {
        "firewall": {"ruleset": document, "error": None},
        "listeners": [
            {"proto": "tcp", "address": "0.0.0.0", "port": port, "process": "x", "unit": "x.service"}
            for port in listeners
        ],
        "ways_in": {
            "addresses": [
                {"interface": "eth0", "address": "10.99.40.10", "prefix": 24, "scope": "global", "temporary": False}
            ]
        },
        "unknown": {},
    }


def own(listed):
    return firewall.own(listed("host"))


def test_the_rendered_table_lets_in_exactly_what_is_declared(listed, wanted):
    assert firewall.deviations(own(listed), wanted, host.STANDING) == ([], [])


def test_every_missing_or_additional_rule_is_noticed(listed, wanted):
    # Mutation: each rule of the table taken away, and an opening of each kind put in.
    table = own(listed)
    rules = [number for number, item in enumerate(table["nftables"]) if "rule" in item]
    unnoticed = []
    for number in rules:
        mutant = {"nftables": table["nftables"][:number] + table["nftables"][number + 1 :]}
        if firewall.deviations(mutant, wanted, host.STANDING) == ([], []):
            unnoticed.append(table["nftables"][number]["rule"])
    # Those speak of replies, containers, ICMP, IGMP and DHCP: no new TCP or UDP connection from the network.
    assert all(
        any(
            word in str(rule["expr"]) for word in ("icmp", "iifname", "igmp", "direction", "related", "status", "sport")
        )
        or rule["chain"] in ("arriving", "input")
        for rule in unnoticed
    ), unnoticed
    for opening in (
        [],
        [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 9}}],
    ):
        mutant = copy.deepcopy(table)
        rule = {"family": "inet", "table": "hearthwall", "chain": "declared", "handle": 99}
        mutant["nftables"].append({"rule": {**rule, "expr": [*opening, {"accept": None}]}})
        assert firewall.deviations(mutant, wanted, host.STANDING)[0]


def test_a_table_that_is_not_loaded_is_no_table(listed):
    assert firewall.own(listed("published")) is None


def test_the_controller_is_not_locked_out(wanted):
    assert not firewall.locks_out(wanted, {"address": "10.99.10.10", "port": 22})
    assert firewall.locks_out(wanted, {"address": "10.99.40.66", "port": 22})
    assert firewall.locks_out(wanted, {"address": "10.99.10.10", "port": 2222})
    assert not firewall.locks_out(wanted, None)


def test_no_management_network_opens_nothing():
    assert [each.name for each in firewall.services("ha", [], [], [22], False, [])] == []


def test_services_are_described_by_family():
    service = Service("mqtt", "tcp", (1883, "8883-8884"), ("10.0.20.0/24", "10.0.20.128/25", "fd00::/8"))
    assert firewall.described(service)["sources"] == {"ip": ["10.0.20.0/24"], "ip6": ["fd00::/8"]}
    assert service.serves("10.0.20.7", "tcp", 8884) and not service.serves("10.0.30.7", "tcp", 1883)


def test_the_host_is_judged_by_what_runs(listed, wanted):
    verdicts, wrong = host.judge(snapshot(listed("host"), (22, 443, 8123)), wanted, [8123])
    assert [each["status"] for each in verdicts] == ["pass", "pass"] and wrong == []
    assert "kept from the network: tcp 8123" in verdicts[1]["actual"]


def test_an_open_host_fails(wanted):
    verdicts, wrong = host.judge(snapshot({"nftables": []}, (443, 8123, 1883)), wanted, [8123])
    assert [each["status"] for each in verdicts] == ["fail", "fail"]
    assert "reaches port 8123" in verdicts[0]["actual"]
    assert "1883" in verdicts[1]["actual"] and "443" not in verdicts[1]["actual"]
    assert wrong == ["the table inet hearthwall is not loaded"]


def test_a_published_port_fails_although_the_input_chain_drops_it(listed, wanted):
    verdicts, _wrong = host.judge(snapshot(listed("published"), ()), wanted, [8123])
    assert verdicts[0]["status"] == "fail"


def test_rules_that_were_not_read_are_unknown(wanted):
    nothing = {"firewall": {"ruleset": None, "error": "nft is not installed"}, "listeners": None, "unknown": {}}
    assert [each["status"] for each in host.judge(nothing, wanted, [8123])[0]] == ["unknown", "unknown"]


def test_bridges_of_containers_are_known_by_name():
    for name in ("docker0", "br-0123456789ab", "podman1", "cni-podman0"):
        assert firewall.leads_to_containers(name)
    for name in ("br-lan", "br0", "eth0", "br-0123456789abc"):
        assert not firewall.leads_to_containers(name)
