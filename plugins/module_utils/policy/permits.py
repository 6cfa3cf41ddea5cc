# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a policy allows, cut into pieces that every router's rules can say: one family, one protocol, two ends.

A piece has a key that stays the same as long as what it says does, so that a router's rules can be told apart by it.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import ALLOW, ANY, DENY, PING, Policy, Ports

ROUTER = ""
TCP, UDP = "tcp", "udp"
MULTICAST = {
    "mdns": (5353, ("224.0.0.251", "ff02::fb")),
    "ssdp": (1900, ("239.255.255.250", "ff02::c", "ff05::c")),
}


@dataclass(frozen=True)
class Permit:
    """Connections that may be opened. No addresses: whatever comes from there. ``ports`` only with tcp and udp."""

    source: str  # a zone
    target: str  # a zone, or ROUTER
    version: int
    protocol: str  # tcp | udp | ping | any
    ports: tuple = ()
    sources: tuple = ()
    targets: tuple = ()
    why: str = ""
    title: str = ""

    @property
    def key(self):
        """A short name of what it says, the reason aside."""
        said = repr((self.source, self.target, self.version, self.protocol, self.ports, self.sources, self.targets))
        return hashlib.sha256(said.encode()).hexdigest()[:10]


def permits(policy: Policy) -> Iterator[Permit]:
    """Yield what a policy allows between zones and to the router, forwards aside; each piece once."""
    seen = set()
    for permit in (*_flows(policy), *_internet(policy), *_router(policy)):
        if permit.key not in seen:
            seen.add(permit.key)
            yield permit


def _flows(policy):
    for flow in policy.flows:
        for source, target in flow.pairs():
            for service in flow.services:
                title = f"{source.name} to {target.name}: {service.name}"
                yield from _pieces(policy, source, target, service.ports, flow.why, title)


def _internet(policy):
    wan = policy.wan
    for zone in policy.inside:
        if wan and zone.internet == ALLOW:
            for version in (4, 6):
                sources = _networks(zone, version)
                if sources is not None:
                    title = f"{zone.name} to internet: any"
                    yield Permit(
                        zone.name, wan.name, version, ANY, (), sources, (), "the zone may use the internet", title
                    )


def _router(policy):
    router = policy.router
    for source in router.manage:
        for service in router.manage_services:
            title = f"{source.name} manages the router: {service.name}"
            yield from _pieces(policy, source, None, service.ports, "manages the router", title)
    for name in router.dns:
        yield from _offered(policy, name, "dns", (Ports(UDP, 53, 53), Ports(TCP, 53, 53)))
    for name in router.ntp:
        yield from _offered(policy, name, "ntp", (Ports(UDP, 123, 123),))


def _offered(policy, name, service, ports):
    zone = policy.zones[name]
    for version in (4, 6):
        sources = _networks(zone, version)
        if sources is None:
            continue
        for each in ports:
            yield Permit(
                name, ROUTER, version, each.protocol, ((each.low, each.high),), sources, (), f"the router's {service}",
                f"{name} asks the router: {service}",
            )  # fmt: skip


def _pieces(policy, source, target, ports, why, title):
    for version in (4, 6):
        sources = _end(policy, source, version)
        targets = () if target is None or target.zone is None else _end(policy, target, version)
        if sources is None or targets is None:
            continue
        to = ROUTER if target is None or target.zone is None else target.zone
        for protocol in dict.fromkeys(each.protocol for each in ports):
            spans = tuple(sorted({(each.low, each.high) for each in ports if each.protocol == protocol}))
            spans = () if protocol in (ANY, PING) or spans == ((0, 65535),) else spans
            yield Permit(source.zone, to, version, protocol, spans, sources, targets, why, title)


def _end(policy, end, version):
    """Return the networks of an end in one family; None where it has none of that family."""
    if end.kind == "internet":
        return ()
    if end.kind == "host":
        host = policy.hosts[end.name]
        address = host.ip4 if version == 4 else host.ip6
        return (ipaddress.ip_network(address),) if address else None
    return _networks(policy.zones[end.name], version)


def _networks(zone, version):
    if not zone.networks:
        return ()
    return zone.of_family(version) or None


def internet_denied(policy):
    """Return the zones that may not use the internet."""
    return tuple(zone.name for zone in policy.inside if zone.internet == DENY)
