# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.wireguard import look
from ansible_collections.hearthwall.home.plugins.module_utils.wireguard.judge import CONTROLS, judge

DUMP = "PRIVATE\tSERVER\t51820\toff\nANNA\tSECRET\t192.0.2.7:4711\t10.0.50.2/32,fd50::2/128\t1700000000\t10\t20\toff\n"
PLAN = {
    "port": 51820,
    "networks": ["10.0.50.0/24", "fd50::/64"],
    "peers": [{"name": "anna", "public_key": "ANNA", "allowed": ["10.0.50.2/32", "fd50::2/128"], "preshared": True}],
    "retired": [{"name": "ben", "public_key": "BEN"}],
}
TABLE = "hearthwall_wireguard"
RULESET = {
    "nftables": [
        {"chain": {"table": TABLE, "name": "arriving", "hook": "prerouting"}},
        {"rule": {"table": TABLE, "chain": "arriving", "expr": [{"counter": {}}, {"drop": None}]}},
        {"rule": {"table": TABLE, "chain": "arriving", "expr": [{"drop": None}]}},
        {"rule": {"table": TABLE, "chain": "arriving", "expr": [{"drop": None}]}},
    ]
}


def seen(**changes):
    key = {"mode": "0600", "uid": 0, "public_key": "SERVER"}
    return {"kernel": True, "tun": True, "known": {}, "key": key, "device": look.parse(DUMP), **changes}


def statuses(host=None, unknown=None, ruleset=RULESET, plan=PLAN):
    return {each["id"]: each["status"] for each in judge(host or seen(), unknown or {}, ruleset, plan)}


def device(**changes):
    return seen(device={**look.parse(DUMP), **changes})


def test_no_secret_is_seen():
    assert "SECRET" not in repr(look.parse(DUMP))
    assert "PRIVATE" not in repr(look.parse(DUMP))


def test_all_is_well():
    assert set(statuses().values()) == {"pass"}


def test_a_bare_host_fails():
    found = statuses(seen(key=None, device=None), ruleset={"nftables": []})
    assert found == {"HW-WG-01": "fail", "HW-WG-02": "fail", "HW-WG-03": "pass", "HW-WG-04": "fail", "HW-WG-05": "fail"}


@pytest.mark.parametrize(
    ("control", "host"),
    [
        ("HW-WG-01", device(port=1)),
        ("HW-WG-01", device(peers={})),
        ("HW-WG-01", device(peers={**look.parse(DUMP)["peers"], "X": {"allowed": [], "preshared": False}})),
        ("HW-WG-01", device(peers={"ANNA": {"allowed": ["10.0.50.0/24"], "preshared": True}})),
        ("HW-WG-02", seen(key={"mode": "0640", "uid": 0, "public_key": "SERVER"})),
        ("HW-WG-02", seen(key={"mode": "0600", "uid": 1000, "public_key": "SERVER"})),
        ("HW-WG-02", seen(key={"mode": "0600", "uid": 0, "public_key": "OTHER"})),
        ("HW-WG-03", device(peers={**look.parse(DUMP)["peers"], "BEN": {"allowed": [], "preshared": False}})),
        ("HW-WG-05", device(peers={"ANNA": {"allowed": ["10.0.50.2/32", "fd50::2/128"], "preshared": False}})),
    ],
)
def test_each_fault_is_the_finding_of_its_control(control, host):
    assert [each for each, status in statuses(host).items() if status == "fail"][0] == control


@pytest.mark.parametrize("number", range(len(RULESET["nftables"])))
def test_every_part_of_the_rules_counts(number):
    ruleset = copy.deepcopy(RULESET)
    del ruleset["nftables"][number]
    assert statuses(ruleset=ruleset)["HW-WG-04"] == "fail"


def test_unknown_is_not_pass():
    assert set(judge_unknown := statuses(unknown={"device": "no"}, ruleset=None).values()) == {"unknown", "pass"}
    assert judge_unknown
    assert {each["status"] for each in judge(None, {"": "no look"}, None, PLAN)} == {"unknown"}
    assert len(judge(None, {"": "no look"}, None, PLAN)) == len(CONTROLS)
