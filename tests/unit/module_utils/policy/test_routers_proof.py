# SPDX-License-Identifier: GPL-3.0-or-later
"""What the routers would run is proved equal to the policy; a rule less, wider or elsewhere is noticed."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import compile as openwrt
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import fw4, includes
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros import compile as compiler
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros import translate
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.prove import prove
from routers_home import policy, routeros

sys.path.insert(0, str(Path(__file__).parent / "openwrt_stand_in"))

from render import render


def of_openwrt(home, sections):
    text = render(sections)
    return fw4.document(text, {**includes.files(home), "/etc/nftables.d/*.nft": ""})[0]


def of_routeros(entries):
    state = {}
    for entry in entries:
        state.setdefault(entry.menu.path, []).append(dict(entry.options))
    return state


@pytest.fixture(scope="module")
def fw4_home():
    home, switch = policy("br-lan")
    return home, openwrt.compiled(home, switch)


@pytest.fixture(scope="module")
def routeros_home():
    home, switch = routeros()
    return home, of_routeros(compiler.compiled(home, switch, "lo"))


def test_openwrt_runs_the_policy(fw4_home):
    proof = prove(fw4_home[0], of_openwrt(*fw4_home))
    assert proof.result == "equal", proof.counterexample


def test_routeros_runs_the_policy(routeros_home):
    proof = prove(routeros_home[0], translate.document(routeros_home[1]))
    assert proof.result == "equal", proof.counterexample


def test_every_section_of_openwrt_that_is_left_out_is_noticed(fw4_home):
    home, sections = fw4_home
    for section in sections:
        if section.config == "firewall" and section.type in ("rule", "redirect"):
            left = [each for each in sections if each is not section]
            assert prove(home, of_openwrt(home, left)).result == "different", section.name


def test_every_file_that_openwrt_does_not_include_is_noticed(fw4_home):
    home, sections = fw4_home
    for section in sections:
        if section.type == "include":
            left = [each for each in sections if each is not section]
            assert prove(home, of_openwrt(home, left)).result == "different", section.name


def test_an_included_file_that_was_changed_by_hand_is_noticed(fw4_home):
    home, sections = fw4_home
    files = {
        **includes.files(home),
        includes.path("forward"): 'iifname "br-lan.20" accept\n',
        "/etc/nftables.d/*.nft": "",
    }
    proof = prove(home, fw4.document(render(sections), files)[0])
    assert proof.counterexample.never == ("never[0]",)


def test_a_foreign_rule_that_opens_a_never_is_found_by_meaning(fw4_home):
    home, sections = fw4_home
    options = {"name": "by hand", "src": "iot", "dest": "trusted", "proto": "all", "target": "ACCEPT"}
    section = type(sections[0])("firewall", "rule", "cfg01", options)
    proof = prove(home, of_openwrt(home, [*sections, section]))
    assert proof.counterexample.never == ("never[0]",)
    assert "by hand" in proof.counterexample.rule or "accept trusted" in proof.counterexample.rule


FILTERS = ("/ip/firewall/filter", "/ipv6/firewall/filter", "/ip/firewall/nat")
# Matchers that say again what another rule has made sure of: {where its comment has this: matchers}.
AGAIN = {
    "ha to ": ("in-interface-list",),  # the host's address comes from no other zone
    "forwarded": (
        "in-interface-list",
        "out-interface-list",
        "dst-address",
        "dst-port",
    ),  # what was translated goes there
    "source wan link": ("in-interface-list",),  # link-local addresses are routed from nowhere
    "internet": ("in-interface-list", "dst-address-list"),  # none of the home's networks is in 64:ff9b::/96
}


@pytest.mark.parametrize("path", FILTERS)
def test_every_rule_of_routeros_that_is_removed_is_noticed(routeros_home, path):
    home, state = routeros_home
    for number, rule in enumerate(state[path]):
        left = {**state, path: [*state[path][:number], *state[path][number + 1 :]]}
        assert prove(home, translate.document(left)).result == "different", rule


def test_a_rule_of_routeros_that_is_widened_is_noticed_or_was_said_twice(routeros_home):
    home, state = routeros_home
    given = ("chain", "action", "comment", "jump-target", "protocol")
    every = [
        (path, number, option)
        for path in FILTERS
        for number, rule in enumerate(state[path])
        for option in rule
        if option not in given
    ]
    for path, number, option in random.Random(7).sample(every, 60):
        rule = {name: value for name, value in state[path][number].items() if name != option}
        changed = {**state, path: [*state[path][:number], rule, *state[path][number + 1 :]]}
        noticed = prove(home, translate.document(changed)).result == "different"
        assert noticed or any(word in rule["comment"] and option in known for word, known in AGAIN.items()), (
            rule,
            option,
        )


@pytest.mark.parametrize("path", FILTERS[:2])
def test_a_rule_of_routeros_that_denies_all_and_stands_too_early_is_noticed(routeros_home, path):
    home, state = routeros_home
    rules = state[path]
    for end in [number for number, rule in enumerate(rules) if " end: " in rule["comment"]]:
        early = [*rules[: end - 5], rules[end], *rules[end - 5 : end], *rules[end + 1 :]]
        assert prove(home, translate.document({**state, path: early})).result == "different"


def test_what_routeros_rules_of_others_say_and_nobody_can_read_is_unknown(routeros_home):
    home, state = routeros_home
    foreign = {"chain": "forward", "action": "accept", "layer7-protocol": "x", "comment": "by hand"}
    changed = {**state, FILTERS[0]: [foreign, *state[FILTERS[0]]]}
    assert prove(home, translate.document(changed)).result == "unknown"


def test_what_is_disabled_in_routeros_is_not_there(routeros_home):
    home, state = routeros_home
    foreign = {"chain": "forward", "action": "accept", "comment": "by hand", "disabled": "true"}
    changed = {**state, FILTERS[0]: [foreign, *state[FILTERS[0]]]}
    assert prove(home, translate.document(changed)).result == "equal"
    changed[FILTERS[0]][0]["disabled"] = "false"
    assert prove(home, translate.document(changed)).counterexample.never == ("never[0]",)
