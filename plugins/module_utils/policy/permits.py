# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a policy allows, cut into pieces that a router's own rules can say: one protocol, two ends.

A piece has a key that stays the same as long as what it says does, so that a router's rules can be told apart by it.
Sources that do not belong to their zone are no part of this: every backend denies them before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.policy import model
from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import ALLOW, ANY, PING, Endpoint, Policy
from ansible_collections.hearthwall.home.plugins.module_utils.policy.services import WELL_KNOWN

# The ends that are no zone's addresses: the router itself, and addresses of the internet.
ROUTER, INTERNET = "", "internet"
BOTH = 0


@dataclass(frozen=True)
class Permit:
    """Connections that may be opened. ``sources`` and ``targets``: an address each, INTERNET, or anything ("")."""

    source: str  # a zone
    target: str  # a zone, or ROUTER
    version: int  # 4, 6 or BOTH
    protocol: str  # tcp | udp | ping | any
    ports: tuple = ()  # only with tcp and udp
    sources: str = ""
    targets: str = ""
    why: str = ""
    title: str = ""

    @property
    def key(self):
        """A short name of what it says, the reason aside."""
        said = repr((self.source, self.target, self.version, self.protocol, self.ports, self.sources, self.targets))
        return hashlib.sha256(said.encode()).hexdigest()[:10]


def permits(policy: Policy) -> Iterator[Permit]:
    """Yield what a policy allows between zones and to the router, each piece once; forwards and a link's own aside."""
    seen = set()
    for source, target, services, why in _granted(policy):
        for service in services:
            title = f"{source.name} to {target.name}: {service.name}"
            for permit in _pieces(policy, source, target, service.ports, why, title):
                if permit.key not in seen:
                    seen.add(permit.key)
                    yield permit


def _granted(policy):
    """Yield (source, destination, services, reason) of everything that is allowed."""
    router = Endpoint(model.ROUTER, model.ROUTER)
    for flow in policy.flows:
        for source, target in flow.pairs():
            yield source, target, flow.services, flow.why
    for zone in policy.inside:
        if policy.wan and zone.internet == ALLOW:
            internet = Endpoint(model.INTERNET, model.INTERNET, policy.wan.name)
            yield _whole(zone), internet, (WELL_KNOWN[ANY],), "the zone may use the internet"
    for source in policy.router.manage:
        yield source, router, policy.router.manage_services, "who may log in to the router"
    for service in ("dns", "ntp"):
        for name in getattr(policy.router, service):
            yield _whole(policy.zones[name]), router, (WELL_KNOWN[service],), f"the router answers {service}"


def _whole(zone):
    return Endpoint("zone", zone.name, zone.name)


def _pieces(policy, source, target, ports, why, title):
    for version in _versions(source, target):
        ends = [_addresses(policy, end, version) for end in (source, target)]
        if None in ends or (version and target.zone and not speaks(policy.zones[source.zone], version)):
            continue
        for protocol in dict.fromkeys(each.protocol for each in ports):
            spans = tuple(sorted({(each.low, each.high) for each in ports if each.protocol == protocol}))
            spans = () if protocol in (ANY, PING) else spans
            yield Permit(source.zone, target.zone or ROUTER, version, protocol, spans, *ends, why, title)


def _versions(source, target):
    """Return the families that have to be told apart: none where both ends are whole zones or the router."""
    return (BOTH,) if {source.kind, target.kind} <= {"zone", model.ROUTER} else (4, 6)


def speaks(zone, version):
    """Return whether packets of a family can come from a zone and be routed on."""
    return zone.kind == model.WAN or bool(zone.of_family(version))


def _addresses(policy, end, version):
    """Return the addresses of an end in one family; None where it has none."""
    if end.kind == model.INTERNET:
        return INTERNET
    if end.kind != "host":
        return ""
    host = policy.hosts[end.name]
    address = host.ip4 if version == 4 else host.ip6
    return str(address) if address else None


def singles(forward):
    """Yield (port, port it leads to) of a forward: routers translate a range to any port of another, not in step."""
    yield from zip(range(forward.low, forward.high + 1), range(forward.to_port, forward.to_high + 1))
