# SPDX-License-Identifier: GPL-3.0-or-later
"""The grants that follow from a policy let through what the policy means, on policies made up by a seed."""

from __future__ import annotations

import datetime
import ipaddress
import random
import sys
from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy import model
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import read
from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import Meaning
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import ROUTER, TCP, UDP, Packet
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet import compile as compiler
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet import tests, union
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet.reading import Document
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet.selectors import Thing

sys.path.insert(0, str(Path(__file__).parents[3] / "oracle"))

import generated

POLICIES, PROBES = 300, 60
PERSON, STRANGER = "anna@example.org", "tag:tablet"
NODE = compiler.Node("tag:ha", serves=443)
PORTS = (1, 22, 53, 80, 85, 90, 91, 123, 443, 5000, 6001, 8883, 8884, 51820, 65535)


def home(seed):
    """Return a policy with one zone of the kind tailnet, of which all that can be asked about flows."""
    document = generated.policy(seed)
    inside = [name for name in document["zones"] if name != "wan"]
    for name in inside:
        document["zones"][name]["kind"] = "tailnet" if name == inside[seed % len(inside)] else "lan"
    return generated.sensible(document, lambda each: read(each, datetime.date(2026, 11, 23)))


def probes(policy, seed):
    """Yield (packet, the device that sends it, what it is sent to)."""
    dice = random.Random(seed)
    tailnet = next(zone for zone in policy.zones.values() if zone.kind == model.TAILNET)
    others = [zone for zone in policy.zones.values() if zone is not tailnet]
    for _each in range(PROBES):
        network = dice.choice(tailnet.networks)
        mine = [a for h in policy.hosts.values() if h.zone == tailnet.name for a in h.addresses if a in network]
        source = dice.choice([*mine, network.network_address + dice.randint(2, 14)])
        target, outbound = _target(dice, policy, others, source.version)
        if target is None:
            continue
        protocol, port = dice.choice([TCP, UDP]), dice.choice(PORTS)
        packet = Packet(tailnet.name, outbound, source, target, protocol=protocol, port=port)
        # Who is named in the zone may be anybody's; all other devices of it are the home's people's.
        yield packet, Thing(source, STRANGER if source in mine else PERSON), Thing(target)


def _target(dice, policy, others, version):
    zone = dice.choice([*others, None])
    if zone is None:
        own = [
            a for each in policy.zones.values() for a in (each.address4, each.address6) if a and a.version == version
        ]
        return (dice.choice(own), ROUTER) if own else (None, None)
    if zone.kind == model.WAN:
        far = {4: ["9.9.9.9", "198.51.100.7", "192.168.77.1"], 6: ["2606:4700::1", "fd99::1", "2001:db8:ffff::7"]}
        return ipaddress.ip_address(dice.choice(far[version])), zone.name
    networks = zone.of_family(version)
    if not networks:
        return None, None
    network = dice.choice(networks)
    mine = [a for h in policy.hosts.values() if h.zone == zone.name for a in h.addresses if a in network]
    target = dice.choice([*mine, network.network_address + dice.randint(2, 14)])
    return (None, None) if target in (zone.address4, zone.address6) else (target, zone.name)


@pytest.fixture(scope="module")
def asked():
    return {"allowed": 0, "denied": 0}


@pytest.mark.parametrize("block", range(10))
def test_the_grants_agree_with_the_policy(block, asked):
    for seed in range(block, POLICIES, 10):
        policy = home(seed)
        data = compiler.document(policy, NODE, [PERSON])
        document, meaning = Document(data), Meaning(policy)
        assert not union.unread(document)
        for packet, source, target in probes(policy, seed):
            meant = meaning.decide(packet)
            granted = union.allows(document, source, target, packet.protocol, packet.port)
            assert granted == meant.allowed, f"policy {seed}: {packet}: {meant.key}; {data['grants']}"
            asked["allowed" if granted else "denied"] += 1
        assert not tests.holds(data)


def test_both_answers_were_asked_for(asked):
    assert asked["allowed"] > 1000
    assert asked["denied"] > 1000
