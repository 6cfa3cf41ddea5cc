# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way in on one list: what makes it fail, what makes it unknown, and what a host outside adds."""

from __future__ import annotations

import socket
import time

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import agents, census, probe

WAN, INSIDE = "198.51.100.2", ["10.0.40.0/24", "2001:db8:40::/64"]


def seen(**more):
    found = {"open": [443], "refused": 90, "silent": 0, "untried": [], "source": "198.51.100.66", "answers": True}
    return {**found, "unreachable": None, **more}


def outside(found=None, declared=None, others=None):
    declared = {(WAN, 443): "front door"} if declared is None else declared
    return census.tried("somewhere", found or {WAN: seen()}, declared, others or {}, INSIDE)


def complete():
    return census.Census(declared=["front door: wan to tcp 443 (ha)"])


def test_what_is_declared_passes_and_is_listed():
    found = census.every_way(complete(), outside())
    assert found["status"] == "pass" and "front door" in found["actual"] and "somewhere" in found["evidence"]
    assert census.from_outside(complete(), outside())["status"] == "pass"


def test_a_part_that_failed_is_a_way_in_and_one_that_is_silent_a_blind_spot():
    for spoken, status in (
        (verdict("HW-WAY-07", "fail", "", "not declared: tcp 8123"), "fail"),
        (verdict("HW-WAY-07", "unknown", "", "nft is not installed"), "unknown"),
        (verdict("HW-WAY-07", "error", "", "it broke off"), "unknown"),
        (None, "unknown"),
        (verdict("HW-WAY-07", "pass"), "pass"),
        (verdict("HW-WAY-07", "not_applicable"), "pass"),
    ):
        found = complete()
        found.speaks(spoken, "the router")
        told = census.every_way(found, None)
        assert told["status"] == status and (status == "pass" or "the router" in told["actual"])


def test_nobody_outside_is_said_and_is_no_pass():
    assert census.NOT_TRIED in census.every_way(complete(), None)["evidence"]
    assert census.from_outside(complete(), None)["status"] == "unknown"


def test_a_side_that_no_run_like_this_sees_is_said_and_keeps_the_outside_from_passing():
    found = complete()
    found.beyond.append("gateway was not looked at in this run")
    told = census.every_way(found, outside())
    assert told["status"] == "pass" and "gateway" in told["evidence"]
    assert census.from_outside(found, outside())["status"] == "unknown"


def test_what_answers_outside_and_is_not_declared_fails_both():
    tried = outside({WAN: seen(open=[443, 8123])})
    assert census.from_outside(complete(), tried)["status"] == census.every_way(complete(), tried)["status"] == "fail"
    assert "tcp 8123" in census.every_way(complete(), tried)["actual"]


def test_what_leads_elsewhere_is_told_apart():
    tried = outside({WAN: seen(open=[22, 443])}, others={(WAN, 22): "gateway itself, ssh.service"})
    assert (
        census.from_outside(complete(), tried)["status"] == "pass"
        and "ssh.service" in census.from_outside(complete(), tried)["evidence"]
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (seen(unreachable="no way to it from there (Network is unreachable)", source=None), "no way to it"),
        (seen(source="10.0.40.77"), "is inside the home"),
        (seen(untried=[80, 81]), "2 ports were not tried"),
        (seen(open=[], refused=0, silent=91, answers=False), "whether the probes arrive cannot be told"),
    ],
)
def test_a_probe_that_says_nothing_is_unknown(found, words):
    tried = outside({WAN: found})
    assert (
        census.from_outside(complete(), tried)["status"] == "unknown"
        and words in census.from_outside(complete(), tried)["actual"]
    )


def test_a_closed_home_that_answers_a_ping_passes():
    tried = outside({WAN: seen(open=[], refused=0, silent=91)}, declared={})
    assert census.from_outside(complete(), tried)["status"] == "pass"
    assert census.from_outside(complete(), census.Tried("somewhere"))["status"] == "unknown"


def test_what_a_provider_hands_out_is_no_address_of_the_internet():
    public = [each for each in (WAN, "100.64.3.4", "192.168.1.2", "fd00::1", "2001:db8::1") if census.is_public(each)]
    assert public == [WAN, "2001:db8::1"]


def test_programs_that_call_out_are_known_by_their_units():
    on, off = {"active": "active", "enabled": "disabled"}, {"active": "inactive", "enabled": "disabled"}
    boots = {"active": "inactive", "enabled": "enabled"}
    services = {
        "ngrok.service": on,
        "cloudflared.service": boots,
        "hearthwall-cloudflared.service": on,
        "wg-quick@home.service": on,
        "tailscaled.service": off,
        "openvpn.service": on,
        "ssh.service": on,
    }
    assert [(unit, group) for unit, _what, group in agents.running(services)] == [
        ("cloudflared.service", None),
        ("hearthwall-cloudflared.service", "cloudflare_tunnel"),
        ("ngrok.service", None),
        ("wg-quick@home.service", None),
    ]


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made.getsockname()[1]


def test_knocking_tells_open_from_refused(listener):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        free = closed.getsockname()[1]
    found = probe.knock(["127.0.0.1"], sorted([listener, free]), 10)["127.0.0.1"]
    assert found["open"] == [listener] and found["refused"] == 1 and found["source"] == "127.0.0.1"


def test_knocking_ends_in_time_and_says_what_is_left(listener):
    assert probe.knock(["127.0.0.1"], [listener], 0)["127.0.0.1"]["untried"] == [listener]
    began = time.monotonic()
    # A network for documentation: nobody answers there, or there is no way to it.
    found = probe.knock(["192.0.2.1"], list(range(1, 301)), 1)["192.0.2.1"]
    assert found["open"] == [] and time.monotonic() - began < 12


def test_every_usual_port_is_a_port_once():
    assert len(probe.USUAL) == len(set(probe.USUAL)) > 90 and all(0 < port < 65536 for port in probe.USUAL)
