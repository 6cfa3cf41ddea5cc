# SPDX-License-Identifier: GPL-3.0-or-later
"""The router's rules, tried with real packets: what the policy declares passes, and nothing else does.

Every host to every other one and to every address of the router, in both families, for every service that the policy
names and some that it does not. What is expected is worked out from the policy alone (its meaning, not its rules), and
beside it stand expectations written by hand, which no program of ours could get wrong.
"""

from __future__ import annotations

import ipaddress
import random

import pytest
import tomllib
import yaml
from ansible_collections.hearthwall.home.plugins.module_utils.policy import model
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import Meaning
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import (
    ECHO_REQUEST,
    ROUTER,
    TCP,
    UDP,
    Packet,
)
from lab import ROOT, WAN
from probing import Probe, carry_out

TABLE = tomllib.loads((ROOT / "molecule/lab/lab.toml").read_text(encoding="utf-8"))
HOSTS = ("ha", "nas", "laptop", "bulb", "camera", "guest", "attacker", "phone")
NUMBERS = {"tcp": TCP, "udp": UDP}
RANDOM_PORTS = 6
# The router's own daemons get these, and have nothing to say to a probe.
MUTE = {("router", "udp", 53), ("router", "udp", 67), ("router", "udp", 51820), ("ha", "udp", 5353)}

# (from, to, protocol, port): both families.
OPEN = [
    ("bulb", "ha", "tcp", 8883),
    ("ha", "bulb", "tcp", 80),
    ("laptop", "ha", "tcp", 443),
    ("laptop", "nas", "tcp", 22),
    ("laptop", "nas", "udp", 60005),
    ("laptop", "router", "tcp", 22),
    ("laptop", "attacker", "tcp", 4711),
    ("guest", "attacker", "udp", 4711),
    ("guest", "router", "tcp", 53),
    ("bulb", "ha", "icmp", 0),
]
SHUT = [
    ("bulb", "laptop", "tcp", 22),
    ("bulb", "laptop", "icmp", 0),
    ("bulb", "guest", "tcp", 80),
    ("bulb", "attacker", "tcp", 80),
    ("bulb", "router", "tcp", 22),
    ("bulb", "router", "tcp", 80),
    ("bulb", "nas", "tcp", 8883),
    ("camera", "nas", "tcp", 22),
    ("guest", "ha", "tcp", 443),
    ("guest", "laptop", "tcp", 22),
    ("guest", "router", "tcp", 22),
    ("ha", "laptop", "tcp", 22),
    ("nas", "bulb", "tcp", 80),
    ("laptop", "bulb", "tcp", 80),
    ("laptop", "ha", "tcp", 8883),
    ("laptop", "nas", "udp", 60011),
    ("attacker", "router", "tcp", 22),
    ("attacker", "router", "udp", 53),
    ("attacker", "laptop", "tcp", 22),
    ("attacker", "nas", "tcp", 22),
    ("attacker", "bulb", "tcp", 6053),
]
# What the internet meets on the router's own address.
FORWARDED = [("tcp", 80, True), ("tcp", 443, True), ("tcp", 8123, False), ("tcp", 8443, False), ("udp", 443, False)]


def network_of(host):
    return next(iter(TABLE["hosts"][host]["on"]))


def addresses(host):
    """Return [(network, address)] of a host of the lab's table, both families."""
    found = []
    for name, number in TABLE["hosts"][host]["on"].items():
        network = TABLE["networks"][name]
        found.append((name, str(ipaddress.ip_network(network["net4"])[number])))
        found.append((name, str(ipaddress.ip_network(network["net6"])[int(str(number), 16)])))
    return found


def services(policy):
    """Return every (protocol, port) that the policy names, both ends of ranges, and some that it does not name."""
    named = [service for flow in policy.flows for service in flow.services]
    named += [*policy.router.manage_services, *(policy.services[name] for name in ("dhcp", "dns", "ntp"))]
    found = {("icmp", 0), *((protocol, port) for _from, _to, protocol, port in (*OPEN, *SHUT))}
    for ports in (each for service in named for each in service.ports):
        if ports.protocol in NUMBERS:
            found |= {(ports.protocol, port) for port in (ports.low, (ports.low + ports.high) // 2, ports.high)}
    beside = random.Random(6)
    for protocol in NUMBERS:
        found |= {(protocol, beside.randrange(1024, 60000)) for _each in range(RANDOM_PORTS)}
    return sorted(found)


def probes(policy):
    wanted = services(policy)
    return [
        Probe(source, to, address, protocol, port)
        for source in HOSTS
        for to in (*HOSTS, "router")
        if network_of(source) != network_of(to) or to == "router"
        for _network, address in addresses(to)
        # The forwards have a test of their own.
        if not (address == WAN and network_of(source) == "wan")
        for protocol, port in wanted
    ]


def expected(meaning, probe):
    """Return the host that the policy lets a probe through to, or None."""
    family = ipaddress.ip_address(probe.address).version
    inbound = network_of(probe.source)
    source = next(each for name, each in addresses(probe.source) if ipaddress.ip_address(each).version == family)
    number, kind = ECHO_REQUEST[family] if probe.protocol == "icmp" else (NUMBERS[probe.protocol], 0)
    packet = Packet(
        inbound,
        ROUTER if probe.to == "router" else network_of(probe.to),
        ipaddress.ip_address(source),
        ipaddress.ip_address(probe.address),
        number,
        port=probe.port,
        type=kind,
    )
    if (inbound, family, probe.protocol) == ("wan", 4, "tcp") and probe.port in (80, 443):
        # The router has a rule of its own that leads these to Home Assistant, wherever they were going.
        return "ha"
    decision = meaning.decide(packet)
    if decision.to:
        return next(host for host in HOSTS if str(decision.to[0]) in {address for _network, address in addresses(host)})
    return probe.to if decision.allowed else None


def reached(probe, outcome):
    """Return the host that a probe got to, or None; a ping that the router itself got shows in its answer."""
    if probe.to == "router" and probe.protocol == "icmp":
        return "router" if outcome.answered else None
    return ", ".join(sorted(outcome.at)) or None


@pytest.fixture(scope="module")
def policy():
    described = yaml.safe_load((ROOT / "inventory/lab/group_vars/lab/home.yml").read_text(encoding="utf-8"))
    return load(described["hearthwall_policy"])


@pytest.fixture(scope="module")
def outcomes(lab, policy):
    """Let the internet's hosts know the way to the home's private networks too, as a neighbour at the ISP would."""
    forwarded = [Probe("attacker", "ha", WAN, protocol, port) for protocol, port, _open in FORWARDED]
    for host in ("attacker", "phone"):
        lab.on(host, "ip", "route", "replace", "10.0.0.0/8", "via", WAN).ok()
    try:
        yield carry_out(lab, [*probes(policy), *forwarded])
    finally:
        for host in ("attacker", "phone"):
            lab.on(host, "ip", "route", "delete", "10.0.0.0/8").ok()


def test_exactly_the_declared_flows_pass(policy, outcomes):
    meaning = Meaning(policy)
    tried = probes(policy)
    assert len(tried) > 3000
    wrong = [
        f"{probe}: arrives at {reached(probe, outcomes[probe])} instead of {expected(meaning, probe)}"
        for probe in tried
        if reached(probe, outcomes[probe]) != expected(meaning, probe)
    ]
    assert wrong == []


def test_what_is_let_through_is_answered(policy, outcomes):
    """The way back is open to what belongs to a connection, errors and resets included, without any rule for it."""
    silent = [
        str(probe)
        for probe in probes(policy)
        if reached(probe, outcomes[probe])
        and not outcomes[probe].answered
        and (probe.to, probe.protocol, probe.port) not in MUTE
    ]
    assert silent == []


@pytest.mark.parametrize(("flows", "wanted"), [(OPEN, True), (SHUT, False)], ids=["open", "shut"])
def test_what_was_written_down_by_hand(outcomes, flows, wanted):
    wrong = []
    for source, to, protocol, port in flows:
        tried = [
            each
            for each in outcomes
            if (each.source, each.to, each.protocol, each.port) == (source, to, protocol, port) and each.address != WAN
        ]
        assert {probe.family for probe in tried} == {4, 6}, (source, to, protocol, port)
        wrong += [str(probe) for probe in tried if reached(probe, outcomes[probe]) != (to if wanted else None)]
    assert wrong == []


@pytest.mark.parametrize(("protocol", "port", "wanted"), FORWARDED)
def test_the_internet_meets_the_forwards_and_nothing_else(outcomes, protocol, port, wanted):
    outcome = outcomes[Probe("attacker", "ha", WAN, protocol, port)]
    assert outcome.at == ({"ha"} if wanted else set())


def test_no_zone_and_no_service_was_left_out(policy):
    """Every zone has a host to try it with (tunnels have tests of their own), and every flow names its services."""
    assert {network_of(host) for host in HOSTS} == {
        zone.name for zone in policy.zones.values() if zone.kind != model.VPN
    }
    assert model.ANY not in {service.name for flow in policy.flows for service in flow.services}
