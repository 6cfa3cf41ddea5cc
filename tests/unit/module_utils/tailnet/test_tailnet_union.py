# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a tailnet's policy opens more than the home's, in whatever words it is written: told by an example."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet import compile as compiler
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet import privileges, tests, union
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet.reading import Document, as_network

HOME = {
    "zones": {
        "wan": {"interface": "wan", "kind": "wan"},
        "servers": {"interface": "eth1", "cidr4": "10.0.40.0/24", "cidr6": "2001:db8:40::/64"},
        "tailnet": {
            "interface": "tailscale0",
            "kind": "tailnet",
            "cidr4": "100.64.0.0/10",
            "cidr6": "fd7a:115c:a1e0::/48",
            "intra": "isolate",
        },
    },
    "hosts": {
        "ha": {"zone": "servers", "ip4": "10.0.40.10", "ip6": "2001:db8:40::10"},
        "phone": {"zone": "tailnet", "ip4": "100.101.102.103"},
    },
    "flows": [
        {"from": "tailnet", "to": "ha", "services": ["https"], "why": "Home Assistant from anywhere"},
        {"from": "phone", "to": "ha", "services": ["ssh"], "why": "administration"},
    ],
    "router": {"manage": {"from": ["servers"]}},
}
ROUTES = tuple(map(as_network, ("10.0.40.10/32", "2001:db8:40::10/128")))
NODE = compiler.Node("tag:ha", serves=443, host="ha", routes=ROUTES)
PEOPLE = ["anna@example.org", "ben@example.org"]


@pytest.fixture
def wanted():
    return compiler.document(load(HOME), NODE, PEOPLE)


def beyond(existing, wanted):
    first, second = Document(existing), Document(wanted)
    return [str(each) for each in union.beyond(first, second)] + list(privileges.beyond(first, second, "tag:ha"))


def test_the_file_says_what_it_should(wanted):
    assert wanted["groups"] == {"group:home": PEOPLE}
    assert wanted["grants"][0]["src"] == ["group:home", "home-phone"]
    assert wanted["grants"][0]["dst"][0] == "tag:ha"
    assert wanted["grants"][0]["ip"] == ["tcp:443"]
    assert sorted(wanted["hosts"].values()) == ["10.0.40.10", "100.101.102.103", "2001:db8:40::10"]
    assert wanted["autoApprovers"] == {"routes": {str(r): ["tag:ha"] for r in ROUTES}, "exitNode": []}
    assert wanted["nodeAttrs"] == wanted["ssh"] == []
    assert {test["src"] for test in wanted["tests"]} == {*PEOPLE, "tag:ha"}
    assert wanted["sshTests"] == [{"src": person, "dst": ["tag:ha"], "deny": ["root"]} for person in PEOPLE]
    assert any("tag:ha:443" in test["accept"] for test in wanted["tests"])
    assert any("tag:ha:22" in test["deny"] for test in wanted["tests"])


def test_a_file_meets_its_own_tests_and_a_worse_one_does_not(wanted):
    assert tests.holds(wanted) == []
    wanted["grants"].append({"src": ["*"], "dst": ["*"], "ip": ["*"]})
    assert tests.holds(wanted)


def test_a_file_opens_nothing_beyond_itself(wanted):
    assert beyond(wanted, wanted) == []
    assert union.unread(Document(wanted)) == []


def test_the_same_in_other_words_opens_nothing_more(wanted):
    other = {
        "Groups": {"group:us": ["anna@example.org"]},
        "Hosts": {"assistant": "10.0.40.10"},
        "ACLs": [
            {"action": "accept", "src": ["group:us"], "dst": ["tag:ha:443", "assistant:443"]},
            {"action": "accept", "users": ["ben@example.org"], "ports": ["2001:db8:40::10:443"], "proto": "tcp"},
            {"action": "accept", "src": ["100.101.102.103"], "proto": "tcp", "dst": ["tag:ha:22,443"]},
        ],
    }
    # Without a protocol an old rule is about UDP as well: that is more.
    assert [each.partition(" lets")[0] for each in beyond(other, wanted)] == ["acls[0]"]
    other["ACLs"][0]["proto"] = "tcp"
    assert beyond(other, wanted) == []


GRANT = {"src": ["group:home"], "dst": ["tag:ha"], "ip": ["tcp:443"]}
OPENS_MORE = {
    "everything": ({"src": ["*"], "dst": ["*"], "ip": ["*"]}, "tcp port 1"),
    "another port": ({**GRANT, "ip": ["tcp:443", "tcp:8123"]}, "tcp port 8123"),
    "a wider range": ({**GRANT, "ip": ["tcp:442-443"]}, "tcp port 442"),
    "another protocol": ({**GRANT, "ip": ["443"]}, "udp port 443"),
    "everybody": ({**GRANT, "src": ["autogroup:member"]}, "a device of another member"),
    "somebody": ({**GRANT, "src": ["eve@example.org"]}, "a device of eve@example.org"),
    "admins": ({**GRANT, "src": ["autogroup:admin"]}, "a device of another admin"),
    "guests": ({**GRANT, "src": ["autogroup:shared"]}, "somebody a device is shared with"),
    "other machines": ({**GRANT, "src": ["autogroup:tagged"]}, "tag:"),
    "an address": ({**GRANT, "src": ["100.99.0.0/16"]}, "100.99.0.0" and "lets"),
    "another machine": ({**GRANT, "dst": ["tag:nas"]}, "reach tag:nas"),
    "the network": ({**GRANT, "dst": ["10.0.40.0/24"]}, "10.0.40."),
    "the internet": ({**GRANT, "dst": ["autogroup:internet"]}, "on the internet"),
    "one another": ({**GRANT, "src": ["autogroup:member"], "dst": ["autogroup:self"]}, "a device of"),
    "a phone's right": ({**GRANT, "ip": ["tcp:22"]}, "tcp port 22"),
    "a set": ({**GRANT, "dst": ["ipset:lan"]}, "10.0.40."),
}


@pytest.mark.parametrize("name", OPENS_MORE)
def test_what_opens_more_is_told_by_a_counterexample(wanted, name):
    grant, example = OPENS_MORE[name]
    existing = copy.deepcopy(wanted)
    existing["ipsets"]["ipset:lan"] = ["add 10.0.40.0/24", "remove 10.0.40.10"]
    existing["grants"].append(grant)
    (told,) = beyond(existing, wanted)
    assert told.startswith(f"grants[{len(existing['grants']) - 1}] lets ")
    assert example in told


GIVES_AWAY = {
    "a login": (
        {"ssh": [{"action": "accept", "src": ["*"], "dst": ["tag:ha"], "users": ["root"]}]},
        "log in to tag:ha as root",
    ),
    "funnel": ({"nodeAttrs": [{"target": ["autogroup:member"], "attr": ["funnel"]}]}, "open a Funnel"),
    "the tag": ({"tagOwners": {"tag:ha": ["autogroup:member"]}}, "autogroup:member give a device tag:ha"),
    "a route": ({"autoApprovers": {"routes": {"0.0.0.0/0": ["tag:ha"]}}}, "lead to 0.0.0.0/0"),
    "an exit": ({"autoApprovers": {"exitNode": ["tag:ha"]}}, "exit node"),
}


@pytest.mark.parametrize("name", GIVES_AWAY)
def test_what_gives_more_away_is_told(wanted, name):
    sections, word = GIVES_AWAY[name]
    (told,) = beyond({**wanted, **sections}, wanted)
    assert word in told


@pytest.mark.parametrize(
    "rule",
    [
        {"src": ["autogroup:unheard"], "dst": ["tag:ha"], "ip": ["tcp:443"]},
        {"src": ["group:home"], "dst": ["nobody-named"], "ip": ["tcp:443"]},
        {"src": ["group:home"], "dst": ["tag:ha"], "ip": ["quic:443"]},
        {"src": ["group:home"], "dst": ["tag:ha"], "ip": ["tcp:0"]},
    ],
)
def test_what_nobody_understands_is_told(wanted, rule):
    assert union.unread(Document({**wanted, "grants": [rule]}))


def test_rights_within_an_application_open_no_port(wanted):
    rule = {"src": ["*"], "dst": ["*"], "app": {"example.org/cap/files": [{}]}}
    assert beyond({**wanted, "grants": [*wanted["grants"], rule]}, wanted) == []
