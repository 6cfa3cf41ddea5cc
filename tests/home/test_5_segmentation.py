# SPDX-License-Identifier: GPL-3.0-or-later
"""The router drifts: what somebody typed is found by what it means, with a packet that shows it."""

from __future__ import annotations

import copy
import json

import pytest
import yaml
from lab import ROOT

ROUTER = "gateway"
POLICY_FILE = "/etc/hearthwall/firewall.d/policy.nft"
DESCRIBED = yaml.safe_load((ROOT / "inventory/lab/group_vars/lab/home.yml").read_text(encoding="utf-8"))[
    "hearthwall_policy"
]


def run(lab, playbook, **variables):
    """Run the role segmentation alone, on the router alone."""
    given = ["-e", json.dumps(variables)] if variables else []
    return lab.playbook(f"{playbook}.yml", "--limit", ROUTER, "--tags", "segmentation", *given, seconds=180)


def found(lab):
    """Return the verdicts of the newest report on the router, by control."""
    return {each["id"]: each for each in lab.report()["controls"] if each["host"] == ROUTER}


def statuses(lab):
    return {name: each["status"] for name, each in found(lab).items() if name.startswith("HW-SEG")}


def nft(lab, *command):
    return lab.on("router", "nft", *command).ok().out


@pytest.fixture(scope="module")
def start(lab):
    run(lab, "check").ok()
    before = statuses(lab)
    assert set(before.values()) == {"pass", "unknown"}
    return before


@pytest.fixture
def good(lab, start):
    """The state that every drift starts from, and that it has to end in."""
    yield start
    run(lab, "check").ok()
    assert statuses(lab) == start


def test_a_rule_typed_by_hand_is_found_with_its_packet(lab, good):
    nft(lab, "insert", "rule", "inet", "hearthwall_policy", "forward", "iifname", "iot", "accept")
    assert run(lab, "check").rc == 2
    verdict = found(lab)
    assert verdict["HW-SEG-01"]["status"] == verdict["HW-SEG-02"]["status"] == "fail"
    assert "(iot) ->" in verdict["HW-SEG-01"]["actual"] and "forbids" in verdict["HW-SEG-02"]["actual"]
    assert verdict["HW-SEG-03"]["status"] == verdict["HW-SEG-07"]["status"] == "pass"
    assert lab.report()["networks"][ROUTER]["proof"]["result"] == "different"
    assert run(lab, "site").ok().changed() == 1


def test_the_router_opened_to_the_internet_is_found(lab, good):
    nft(lab, "insert", "rule", "inet", "hearthwall_policy", "input", "ip6", "saddr", "2000::/3", "accept")
    assert run(lab, "check").rc == 2
    wrong = {name for name, status in statuses(lab).items() if status == "fail"}
    assert wrong == {"HW-SEG-01", "HW-SEG-02", "HW-SEG-03", "HW-SEG-06", "HW-SEG-07"}
    run(lab, "site").ok()


def test_a_rule_of_somebody_else_is_found_and_left_alone(lab, good):
    nft(lab, "add table inet theirs; add chain inet theirs f { type filter hook forward priority 5; }")
    nft(lab, "add rule inet theirs f ip daddr 10.0.40.10 tcp dport 8883 drop")
    theirs = nft(lab, "list", "table", "inet", "theirs")
    assert run(lab, "site").rc == 2
    told = found(lab)["HW-SEG-01"]
    assert told["status"] == "fail"
    assert "10.0.40.10:8883" in told["actual"] and "inet theirs f" in told["actual"]
    assert nft(lab, "list", "table", "inet", "theirs") == theirs
    nft(lab, "delete", "table", "inet", "theirs")


def test_a_rule_that_changes_nothing_is_no_finding(lab, good):
    nft(lab, "insert", "rule", "inet", "home", "forward", "accept")
    run(lab, "check").ok()
    assert statuses(lab) == good
    handle = nft(lab, "-a", "list", "chain", "inet", "home", "forward").rpartition("handle ")[2].split()[0]
    nft(lab, "delete", "rule", "inet", "home", "forward", "handle", handle)


def test_rules_that_are_not_on_the_disk_are_found(lab, good):
    lab.on("router", "rm", POLICY_FILE).ok()
    assert run(lab, "check").rc == 2
    assert {name for name, status in statuses(lab).items() if status == "fail"} == {"HW-SEG-08"}
    run(lab, "site").ok()


def test_an_expired_flow_is_closed_and_reported(lab, good):
    past = {"from": "guest", "to": "nas", "services": ["http"], "until": "2026-01-31", "why": "photos of the party"}
    described = {**DESCRIBED, "flows": [*DESCRIBED["flows"], past]}
    run(lab, "check", hearthwall_policy=described).ok()
    verdict = found(lab)
    assert verdict["HW-SEG-04"]["status"] == "fail" and "photos of the party" in verdict["HW-SEG-04"]["actual"]
    assert verdict["HW-SEG-01"]["status"] == "pass"


def test_isolation_is_told_apart(lab, good):
    """A bridge of the router's with two ports, beside the lab's own networks, of which the router sees nothing."""
    assert good["HW-SEG-05"] == "unknown"
    described = copy.deepcopy(DESCRIBED)
    described["zones"]["iot"]["interface"] = "br-iot"
    del described["zones"]["guest"]["intra"]
    lab.on("router", "sh", "-ec", BRIDGE).ok()
    try:
        for isolated, status in (("off", "fail"), ("on", "pass")):
            for port in ("one", "two"):
                lab.on("router", "bridge", "link", "set", "dev", port, "isolated", isolated).ok()
            run(lab, "check", hearthwall_policy=described)
            assert found(lab)["HW-SEG-05"]["status"] == status, found(lab)["HW-SEG-05"]
    finally:
        for link in ("one", "two", "br-iot"):
            lab.on("router", "ip", "link", "delete", link).ok()


BRIDGE = """
ip link add br-iot type bridge
for port in one two; do ip link add $port type veth peer name ${port}-peer; ip link set $port master br-iot; done
"""
