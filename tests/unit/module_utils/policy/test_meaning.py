# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import Meaning
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import (
    ICMP,
    ICMP6,
    NOWHERE,
    ROUTER,
    UDP,
    Packet,
)
from example_policies import HOME, TODAY

MEANING = Meaning(load(HOME, TODAY))


def decide(inbound, outbound, source, destination, port=0, **more):
    ends = (ipaddress.ip_address(each) for each in (source, destination))
    return MEANING.decide(Packet(inbound, outbound, *ends, port=port, **more))


@pytest.mark.parametrize(
    ("inbound", "outbound", "source", "destination", "port", "more", "key"),
    [
        ("iot", "servers", "10.0.20.9", "10.0.40.10", 8883, {}, "flows[0]"),
        ("iot", "servers", "2001:db8:20::9", "2001:db8:40::10", 8883, {}, "flows[0]"),
        ("trusted", "servers", "10.0.10.9", "10.0.40.10", 0, {"protocol": ICMP, "type": 8}, "flows[1]"),
        ("servers", "iot", "10.0.40.10", "10.0.20.9", 6053, {}, "flows[2]"),
        ("servers", "wan", "10.0.40.10", "9.9.9.9", 443, {}, "flows[2]"),
        ("servers", "wan", "fd00:40::7", "2606::1", 1, {"state": "established"}, "state"),
        ("trusted", "wan", "10.0.10.9", "9.9.9.9", 25, {}, "zones.trusted.internet"),
        ("trusted", "trusted", "10.0.10.9", "10.0.10.8", 25, {}, "zones.trusted.intra"),
        ("wan", ROUTER, "9.9.9.9", "198.51.100.2", 443, {}, "forwards[0]"),
        ("wan", ROUTER, "9.9.9.9", "198.51.100.2", 51820, {"protocol": UDP}, "flows[5]"),
        ("wan", ROUTER, "fe80::1", "ff02::1", 0, {"protocol": ICMP6, "type": 134, "hops": 255}, "icmpv6"),
        ("iot", ROUTER, "0.0.0.0", "255.255.255.255", 67, {"protocol": UDP, "source_port": 68}, "router.dhcp"),
        ("iot", ROUTER, "fe80::1", "ff02::1:2", 547, {"protocol": UDP}, "router.dhcp"),
        ("iot", ROUTER, "fe80::1", "fe80::2", 53, {"protocol": UDP}, "router.dns"),
        ("iot", ROUTER, "10.0.20.9", "224.0.0.251", 5353, {"protocol": UDP}, "reflect[0]"),
        ("vpn", ROUTER, "10.0.90.2", "10.0.90.1", 22, {}, "router.manage"),
        (ROUTER, "wan", "198.51.100.2", "9.9.9.9", 443, {}, "the router itself"),
    ],
)
def test_allowed(inbound, outbound, source, destination, port, more, key):
    decision = decide(inbound, outbound, source, destination, port, **more)
    assert decision.allowed
    assert decision.key == key


@pytest.mark.parametrize(
    ("inbound", "outbound", "source", "destination", "port", "more", "key"),
    [
        ("iot", "servers", "10.0.20.9", "10.0.40.10", 22, {}, "default"),
        ("iot", "servers", "10.0.20.9", "10.0.40.20", 8883, {}, "default"),
        ("iot", "servers", "10.0.10.9", "10.0.40.10", 8883, {}, "zones.iot.cidr4"),
        ("iot", "servers", "fe80::9", "2001:db8:40::10", 8883, {}, "zones.iot.cidr6"),
        ("iot", "servers", "10.0.20.9", "10.0.40.10", 8883, {"state": "invalid"}, "state"),
        ("iot", "servers", "10.0.10.9", "10.0.40.10", 8883, {"state": "established"}, "zones.iot.cidr4"),
        ("iot", "iot", "10.0.20.9", "10.0.20.8", 80, {}, "zones.iot.intra"),
        ("iot", "wan", "10.0.20.9", "9.9.9.9", 443, {}, "default"),
        ("trusted", "wan", "10.0.10.9", "192.168.100.1", 80, {}, "default"),
        ("trusted", "iot", "10.0.10.9", "10.0.20.9", 80, {}, "default"),
        ("wan", "servers", "9.9.9.9", "10.0.40.10", 443, {}, "default"),
        ("wan", "servers", "10.0.40.9", "10.0.40.10", 443, {}, "zones.wan.cidr4"),
        ("wan", ROUTER, "10.0.40.9", "198.51.100.2", 443, {}, "zones.wan.cidr4"),
        ("wan", ROUTER, "9.9.9.9", "198.51.100.2", 22, {}, "default"),
        ("iot", ROUTER, "10.0.20.9", "10.0.20.1", 22, {}, "default"),
        ("iot", ROUTER, "fe80::1", "ff02::1", 0, {"protocol": ICMP6, "type": 134, "hops": 255}, "default"),
        ("iot", ROUTER, "2001:db8::1", "ff02::1", 0, {"protocol": ICMP6, "type": 135, "hops": 64}, "zones.iot.cidr6"),
        (
            "servers",
            ROUTER,
            "0.0.0.0",
            "255.255.255.255",
            67,
            {"protocol": UDP, "source_port": 68},
            "zones.servers.cidr4",
        ),
        (NOWHERE, "servers", "10.0.20.9", "10.0.40.10", 8883, {}, "zones"),
        ("iot", NOWHERE, "10.0.20.9", "10.0.77.10", 8883, {"state": "established"}, "zones"),
    ],
)
def test_denied(inbound, outbound, source, destination, port, more, key):
    decision = decide(inbound, outbound, source, destination, port, **more)
    assert not decision.allowed
    assert decision.key == key


def test_a_forward_changes_the_destination():
    decision = decide("wan", ROUTER, "9.9.9.9", "198.51.100.2", 2222)
    assert [str(each) for each in decision.to] == ["10.0.40.20", "22"]


def test_ip4_leaves_with_the_routers_address():
    assert decide("trusted", "wan", "10.0.10.9", "9.9.9.9", 443).masqueraded
    assert not decide("trusted", "wan", "2001:db8:10::9", "2606::1", 443).masqueraded


def test_an_expired_flow_opens_nothing():
    assert not decide("guest", "servers", "10.0.30.9", "10.0.40.20", 631).allowed
