# SPDX-License-Identifier: GPL-3.0-or-later
"""Proofs of what a real kernel lists: the compiled table alone, changed by hand, and beside foreign tables."""

from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.nftables import compiled
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.prove import DIFFERENT, EQUAL, UNKNOWN, prove
from example_policies import HOME, SMALL, TODAY, changed
from kernel import ruleset_of

POLICY = load(HOME, TODAY)


def proof_with(*texts, policy=POLICY):
    """Prove the compiled policy with more rules loaded after it."""
    return prove(policy, ruleset_of(compiled(policy), *texts))


def table(*chains):
    return "table inet foreign {\n" + "\n".join(chains) + "\n}\n"


def chain(hook, *rules, priority="0", kind="filter"):
    return f"chain {hook} {{\ntype {kind} hook {hook} priority {priority}; policy accept;\n" + "\n".join(rules) + "\n}"


@pytest.mark.parametrize(
    "document",
    [
        HOME,
        SMALL,
        changed(("zones.iot.interface", ["iot", "iot-5g"]), ("zones.wan.interface", ["wan", "lte"])),
        changed(("zones.wan.masquerade", False), ("forwards", [])),
        changed(("forwards.1", {"port": "udp/4000-4003", "to": "nas", "to_port": 5000, "why": "shifted"})),
        changed(("forwards.1", {"port": "udp/4000-4003", "to": "nas", "why": "as it is"})),
        changed(("flows+", {"from": "wan", "to": "servers", "services": ["any"], "why": "everything"})),
        changed(("reflect.0.service", "ssdp")),
    ],
)
def test_a_compiled_policy_is_equal(document):
    policy = load(document, TODAY)
    assert proof_with(policy=policy).result == EQUAL


def test_no_rules_at_all_open_everything():
    proof = prove(POLICY, ruleset_of(""))
    assert proof.result == DIFFERENT and proof.counterexample.opens and proof.counterexample.never
    assert {key for each in proof.differences for key in each.never} == {"never[0]", "never[1]", "never[2]"}


IN_OUR_TABLE = "add rule inet hearthwall_policy"


@pytest.mark.parametrize(
    ("rule", "never", "packet"),
    [
        ("insert rule inet hearthwall_policy forward accept", ("never[0]",), "iot"),
        (f"{IN_OUR_TABLE} iot-to-servers tcp dport 22 accept", (), ":22 (servers)"),
        ("insert rule inet hearthwall_policy from-guest ip saddr 10.0.30.77 accept", ("never[1]",), "10.0.30.77"),
        ("add element inet hearthwall_policy ha-4 { 10.0.40.77 }", (), "10.0.40.77"),
        ("delete element inet hearthwall_policy ha-6 { 2001:db8:40::10 }", (), "2001:db8:40::10"),
        ("insert rule inet hearthwall_policy wan-to-router tcp dport 22 accept", (), ":22 (router)"),
        ("insert rule inet hearthwall_policy from-iot meta l4proto icmp accept", ("never[0]",), "icmp"),
        ("insert rule inet hearthwall_policy from-iot ip6 saddr fe80::/10 accept", ("never[0]",), "fe80::"),
        ("insert rule inet hearthwall_policy iot-to-router tcp flags syn tcp dport 8080 accept", (), ":8080 (router)"),
    ],
)
def test_a_change_by_hand_is_found_by_its_meaning(rule, never, packet):
    proof = proof_with(rule)
    assert proof.result == DIFFERENT
    assert set(never) <= {key for each in proof.differences for key in each.never}
    assert any(packet in str(each) for each in proof.differences)


@pytest.mark.parametrize(
    "foreign",
    [
        table(chain("forward", "ct state established accept", 'oifname "docker0" counter', "tcp dport 22 accept")),
        table(chain("input", "iifname lo accept"), chain("output", "log", priority="100")),
        table(chain("postrouting", 'meta nfproto ipv4 oifname "wan" masquerade', kind="nat", priority="srcnat + 10")),
        table(chain("prerouting", 'iifname "wan" tcp dport 443 ct state invalid drop', priority="-140")),
        table(chain("forward", "ip saddr 10.0.20.0/24 accept")).replace("inet", "ip"),
        table(chain("input", "fib daddr type != { local, multicast, broadcast } drop", priority="10")),
    ],
)
def test_foreign_rules_that_change_nothing_are_no_difference(foreign):
    """What another table accepts, ours still drops."""
    assert proof_with(foreign).result == EQUAL


@pytest.mark.parametrize(
    ("foreign", "rule"),
    [
        (table(chain("forward", "tcp dport 8883 drop", priority="10")), "inet foreign forward rule"),
        (table(chain("prerouting", "ip saddr 10.0.20.5 drop", priority="-300")), "inet foreign prerouting rule"),
        (
            table(chain("prerouting", "udp dport 53 dnat ip to 10.0.40.20", kind="nat", priority="dstnat - 5")),
            "inet foreign prerouting rule",
        ),
        (
            table(chain("postrouting", 'oifname "servers" masquerade', kind="nat", priority="srcnat")),
            "inet foreign postrouting",
        ),
        (table(chain("forward")).replace("inet", "ip").replace("policy accept", "policy drop"), "policy of ip foreign"),
    ],
)
def test_foreign_rules_that_change_something_are_named(foreign, rule):
    proof = proof_with(foreign)
    assert proof.result == DIFFERENT
    assert any(rule in each.rule for each in proof.differences)


def test_a_foreign_translation_to_a_declared_target_opens_no_more():
    """Our table lets translated packets pass only where they came to the declared port."""
    proof = proof_with(
        table(
            chain("prerouting", 'iifname "wan" tcp dport 9999 dnat ip to 10.0.40.10:443', kind="nat", priority="-101")
        )
    )
    assert proof.result == EQUAL


@pytest.mark.parametrize(
    "rule",
    [
        "insert rule inet hearthwall_policy iot-to-servers meta cpu 1 accept",
        "insert rule inet hearthwall_policy iot-to-servers limit rate 5/second accept",
        "insert rule inet hearthwall_policy iot-to-servers meta time > 1 accept",
    ],
)
def test_what_cannot_be_read_is_unknown_and_named(rule):
    proof = proof_with(rule)
    assert proof.result == UNKNOWN and not proof.differences
    assert "iot-to-servers rule" in proof.unknown[0].doubts[0]


def test_what_cannot_be_read_and_changes_nothing_is_equal():
    assert proof_with("add rule inet hearthwall_policy iot-to-servers meta cpu 1 drop").result == EQUAL


def test_a_mark_that_nothing_sets_is_none():
    assert proof_with("insert rule inet hearthwall_policy from-iot meta mark 7 accept").result == EQUAL


def test_a_way_back_is_the_zones_network():
    assert (
        proof_with(table(chain("prerouting", "fib saddr . iif oif missing drop", priority="raw"))).result == DIFFERENT
    )
    dropped = table(chain("forward", "fib saddr . iif oif missing drop", priority="10"))
    assert proof_with(dropped).result == EQUAL


def test_the_proof_reads_as_json():
    proof = proof_with("insert rule inet hearthwall_policy from-guest accept").as_dict()
    assert proof["result"] == DIFFERENT and "guest" in proof["counterexample"]
