# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

from ansible_collections.hearthwall.home.plugins.module_utils.host import firewall
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.nftables import compiled
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.on_host import ALONE, BESIDE, LIVE, proved
from example_policies import HOME, TODAY
from kernel import ruleset_of

POLICY = load(HOME, TODAY)
SHUT = "table inet foreign { \nchain f { type filter hook forward priority 0; policy drop; \n} \n}"


def test_rules_that_are_not_in_force_are_proved_without_touching_those_that_are():
    found = proved(POLICY, ALONE, compiled(POLICY))
    assert found["result"] == "equal" and found["reason"] is None
    assert json.dumps(found)


def test_rules_that_nft_refuses_are_unknown():
    found = proved(POLICY, ALONE, "table inet x {")
    assert found["result"] == "unknown" and "syntax error" in found["reason"]


def test_the_rules_in_force_count(monkeypatch):
    live = ruleset_of(compiled(POLICY), SHUT)
    monkeypatch.setattr(firewall, "look", lambda: {"ruleset": live, "error": None})
    assert proved(POLICY, LIVE)["result"] == "different"
    found = proved(POLICY, BESIDE, compiled(POLICY))
    assert found["result"] == "different"
    assert {each["rule"] for each in found["differences"]} == {"policy of inet foreign f"}


def test_the_old_table_gives_way_to_the_new_one(monkeypatch):
    live = ruleset_of(compiled(POLICY), "insert rule inet hearthwall_policy forward accept")
    monkeypatch.setattr(firewall, "look", lambda: {"ruleset": live, "error": None})
    assert proved(POLICY, LIVE)["result"] == "different"
    assert proved(POLICY, BESIDE, compiled(POLICY))["result"] == "equal"


def test_a_router_that_does_not_answer_is_unknown(monkeypatch):
    monkeypatch.setattr(firewall, "look", lambda: {"ruleset": None, "error": "nft is not installed"})
    assert proved(POLICY, LIVE)["reason"] == "nft is not installed"
