# SPDX-License-Identifier: GPL-3.0-or-later
"""What the policy means against a real kernel: packets of every kind are sent through a router that runs the rules."""

from __future__ import annotations

import ipaddress
import json
import os
import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.nftables import compiled
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import Meaning
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import ICMP, ICMP6, ROUTER, TCP, UDP, Packet
from example_policies import HOME, TODAY

PACKETS = 10000
WAN = {4: "198.51.100.2/24", 6: "2001:db8:ffff::2/64"}
OUTSIDE = {4: ["9.9.9.9", "198.51.100.77", "192.168.77.7"], 6: ["2606:4700::9", "2001:db8:ffff::77", "fd77::7"]}
PORTS = (22, 23, 53, 67, 68, 123, 443, 546, 547, 2222, 5353, 6053, 8123, 8883, 51820, 59999, 60000, 61000, 61001)
GROUPS = {4: ["224.0.0.251", "255.255.255.255"], 6: ["ff02::fb", "ff02::1"]}


def addresses(policy, version):
    """Return {address: the zone that it is in, or ROUTER} of those worth a packet."""
    found = {}
    for zone in policy.inside:
        for network in zone.of_family(version):
            found[network.network_address + 77] = zone.name
        own = zone.address4 if version == 4 else zone.address6
        found[own] = ROUTER
    for host in policy.hosts.values():
        found.update({each: host.zone for each in host.addresses if each.version == version})
    found.update({ipaddress.ip_address(each): "wan" for each in OUTSIDE[version]})
    found[ipaddress.ip_interface(WAN[version]).ip] = ROUTER
    return found


def packets(policy):
    """Return packets of every zone to every address, with any source, by a fixed seed."""
    dice = random.Random(6)
    known = {version: addresses(policy, version) for version in (4, 6)}
    found = []
    for number in range(PACKETS):
        version = dice.choice((4, 6))
        inbound = dice.choice(list(policy.zones))
        mine = [each for each, zone in known[version].items() if zone == inbound]
        others = [each for each, zone in known[version].items() if zone != ROUTER]
        source = dice.choice(mine if dice.random() < 0.8 else others)
        to_group = dice.random() < 0.05
        hosts = [each for host in policy.hosts.values() for each in host.addresses if each.version == version]
        likely = [ipaddress.ip_interface(WAN[version]).ip] if inbound == "wan" else hosts
        likely = likely if dice.random() < 0.4 else list(known[version])
        destination = dice.choice(list(map(ipaddress.ip_address, GROUPS[version])) if to_group else likely)
        outbound = ROUTER if to_group else known[version][destination]
        protocol = dice.choice((TCP, UDP, UDP, ICMP if version == 4 else ICMP6))
        kinds = (8, 13) if version == 4 else (128, 135, 133, 134, 130)
        found.append(
            Packet(
                inbound=inbound,
                outbound=outbound,
                source=source,
                destination=destination,
                protocol=protocol,
                port=dice.choice(PORTS) if protocol in (TCP, UDP) else 0,
                source_port=dice.choice((67, 68, 547)) if dice.random() < 0.05 else 1024 + number,
                type=dice.choice(kinds) if protocol in (ICMP, ICMP6) else 0,
                hops=dice.choice((64, 255)),
            )
        )
    return found


def checksum(data):
    total = sum(struct.unpack(f"!{len(data + bytes(len(data) % 2)) // 2}H", data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def spelled(packet, mark):
    """Return the packet's bytes; the mark tells it from the others."""
    if packet.protocol == TCP:
        body = struct.pack("!HHIIBBHHH", packet.source_port, packet.port, mark, 0, 5 << 4, packet.flags, 1024, 0, 0)
        place = 16
    elif packet.protocol == UDP:
        body, place = struct.pack("!HHHH", packet.source_port, packet.port, 8, 0), 6
    else:
        # Long enough for a neighbour solicitation, whose target is the destination.
        tail = packet.destination.packed if packet.family == 6 else b""
        body, place = struct.pack("!BBHHH", packet.type, 0, 0, 0 if packet.type > 128 else mark, 0) + tail, 2
    ends = packet.source.packed + packet.destination.packed
    pseudo = ends + struct.pack("!IHBB", len(body), 0, 0, packet.protocol) if packet.protocol != ICMP else b""
    total = struct.pack("!H", checksum(pseudo + body) or 0xFFFF)
    body = body[:place] + total + body[place + 2 :]
    if packet.family == 6:
        return struct.pack("!IHBB", 6 << 28 | mark, len(body), packet.protocol, packet.hops) + ends + body
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), mark, 0, packet.hops, packet.protocol, 0) + ends
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


@pytest.fixture(scope="module")
def sent():
    """Return [(packet, whether it came through, where)]."""
    policy = load(HOME, TODAY)
    every = packets(policy)
    own = [
        (zone.interfaces[0], f"{address}/{network.prefixlen}")
        for zone in policy.inside
        for network in zone.networks
        for address in [network.network_address + 1]
    ]
    own += [("wan", each) for each in WAN.values()]
    asked = {
        "interfaces": [zone.interfaces[0] for zone in policy.zones.values()],
        "addresses": own,
        "groups": ["224.0.0.251/32", "ff02::fb/128"],
        "routes": [("wan", 4), ("wan", 6)],
        "rules": compiled(policy),
        "packets": [
            {"inbound": policy.zones[each.inbound].interfaces[0], "bytes": spelled(each, mark).hex()}
            for mark, each in enumerate(every, start=1)
        ],
    }
    enter = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    done = subprocess.run(
        [*enter, sys.executable, Path(__file__).with_name("real_router.py")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
    )
    assert done.returncode == 0, done.stderr
    seen = {name: set(marks) for name, marks in json.loads(done.stdout).items()}
    meaning = Meaning(policy)
    return [
        (
            each,
            meaning.decide(each),
            mark in seen[f"forwarded{each.family}"],
            mark in seen[f"delivered{each.family}"],
        )
        for mark, each in enumerate(every, start=1)
    ]


def test_nothing_comes_through_that_is_not_allowed(sent):
    wrong = [str(packet) for packet, decision, *through in sent if any(through) and not decision.allowed]
    assert wrong == []


def test_everything_comes_through_that_is_allowed(sent):
    wrong = [
        f"{packet}: {decision.key}"
        for packet, decision, forwarded, delivered in sent
        if decision.allowed and not (delivered if packet.outbound == ROUTER and not decision.to else forwarded)
    ]
    assert wrong == []


def test_every_part_of_the_policy_was_tried(sent):
    keys = {decision.key for _packet, decision, *through in sent if decision.allowed and any(through)}
    assert {
        "flows[0]",
        "flows[1]",
        "flows[2]",
        "flows[3]",
        "flows[4]",
        "flows[5]",
        "forwards[0]",
        "forwards[1]",
    } <= keys
    assert {"router.manage", "router.dns", "router.ntp", "router.dhcp", "reflect[0]", "icmpv6"} <= keys
    assert sum(not decision.allowed for _packet, decision, *_through in sent) > 1000
