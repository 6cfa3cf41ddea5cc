# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.nftables import walk
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.packet import Packet
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import Ruleset

ANYBODY, HA = "2001:db8:ffff::199", "2001:db8:40::10"


def verdict(document, source=ANYBODY, destination=HA, port=8123, inbound="wan", **more):
    packet = Packet(source, destination, "tcp", port, inbound=inbound, outbound="servers", **more)
    return walk.verdict(Ruleset(document), packet)[0]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"port": 8123}, walk.BLOCKED),
        ({"port": 443}, walk.ALLOWED),
        ({"port": 8444}, walk.ALLOWED),
        ({"port": 443, "destination": "2001:db8:40::11"}, walk.BLOCKED),
        ({"port": 8123, "source": "2001:db8:77::5"}, walk.ALLOWED),
        ({"port": 443, "source": "2001:db8:bad::1"}, walk.BLOCKED),
        ({"port": 22, "source": "2001:db8:99::1"}, walk.ALLOWED),
        ({"port": 22, "source": "2001:db8:99::2"}, walk.BLOCKED),
        ({"port": 25}, walk.BLOCKED),
        ({"port": 8123, "inbound": "lan"}, walk.ALLOWED),
    ],
)
def test_a_real_ruleset_is_walked_rule_by_rule(listed, asked, wanted):
    assert verdict(listed("stateful"), **asked) == wanted


def test_what_cannot_be_read_makes_the_answer_unknown_and_nothing_else(listed):
    document = listed("unreadable")
    # Nothing here marks packets, and the processor decides about no packet that is accepted before.
    assert verdict(document, port=443) == walk.ALLOWED
    assert verdict(document, port=22) == walk.BLOCKED
    rules = [item["rule"] for item in document["nftables"] if "rule" in item]
    processor = next(rule for rule in rules if "cpu" in str(rule))
    processor["expr"][-1] = {"accept": None}
    assert verdict(document, port=8123) == walk.UNKNOWN


def test_a_mark_that_the_rules_may_set_is_unknown(listed):
    document = copy.deepcopy(listed("unreadable"))
    rules = [item["rule"] for item in document["nftables"] if "rule" in item]
    rules[-1]["expr"] = [{"mangle": {"key": {"meta": {"key": "mark"}}, "value": 66}}]
    assert verdict(document, port=22) == walk.UNKNOWN


def test_the_device_hook_counts(listed):
    assert verdict(listed("unreadable"), port=443, source="2001:db8:bad::1") == walk.BLOCKED
    assert verdict(listed("unreadable"), port=443, source="2001:db8:bad::1", inbound="dsl") == walk.BLOCKED


def test_rules_of_iptables_are_followed_both_ways(listed):
    # Whichever way the unreadable matches go, the last rule lets 8123 in.
    assert verdict(listed("iptables-nft"), port=8123) == walk.ALLOWED
    assert verdict(listed("iptables-nft"), port=443) == walk.UNKNOWN
    assert verdict(listed("iptables-nft"), port=9999, inbound="lan") == walk.UNKNOWN


def test_without_rules_everything_passes():
    assert verdict({"nftables": []}) == walk.ALLOWED


def test_an_unknown_statement_never_allows(listed):
    document = copy.deepcopy(listed("stateful"))
    for item in document["nftables"]:
        if "rule" in item and item["rule"]["chain"] == "forward":
            item["rule"]["expr"].insert(0, {"something new": {}})
    assert verdict(document, port=443) == walk.UNKNOWN


def test_a_translated_packet_is_filtered_before_as_it_was_sent(listed):
    document = listed("host")
    sent = Packet("10.99.40.20", "172.17.0.2", "tcp", 8123, inbound="eth0", sent_to="10.99.40.10", sent_to_port=8123)
    assert walk.verdict(Ruleset(document), sent)[0] == walk.BLOCKED
