# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a policy means: the specification that compiled and live rules are held against.

    Meaning(policy).decide(packet)      # Decision: allowed or not, which clause says so, and why

For every way through the router (from a zone to a zone, to or from the router itself) ``clauses`` is a short list of
clauses; the first that holds decides, and nothing is allowed that none allows.

- The router alone sends what it likes: ``from router`` is allowed.
- What arrives at or leaves for an interface of no zone is denied.
- A source address must belong to the zone that the packet comes from: the WAN has every address that no other zone
  has. To the router itself, link-local IPv6 addresses belong to every link.
- Stateful: established and related packets pass (errors such as "packet too big" and "fragmentation needed" are
  related, so that path MTU discovery works); invalid ones never do; untracked ones are judged like new ones.
- Within a zone: two devices on one interface talk on layer 2, where the router sees nothing. What of it does come by
  (a zone of several interfaces, a packet sent back where it came from) follows ``intra``.
- ``internet`` is what lies behind the WAN, without private and special addresses and without the zones' networks. A
  zone as destination is everything behind its interfaces.
- To the router, without being asked for: neighbour discovery (hop limit 255: from the link itself), multicast
  listener reports, router solicitations from inside; and from the WAN router advertisements and DHCP answers.
- A forward is IPv4 from the WAN to an address of the router, and changes the destination. IPv6 is not translated.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace

from ansible_collections.hearthwall.home.plugins.module_utils.policy import model, spans
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import (
    ECHO_REQUEST,
    ESTABLISHED,
    FIELDS,
    ICMP6,
    INVALID,
    LOOPBACK,
    NEW,
    NOWHERE,
    RELATED,
    ROUTER,
    STATES,
    TCP,
    UDP,
)
from ansible_collections.hearthwall.home.plugins.module_utils.policy.services import WELL_KNOWN

# Not the internet: private, shared, link-local, loopback, multicast and reserved addresses.
_LOCAL4 = "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 224.0.0.0/3"
# The internet in IPv6: global unicast, and NAT64.
_GLOBAL6 = "2000::/3 64:ff9b::/96"
_LINK_LOCAL = (ipaddress.ip_network("fe80::/10"),)
# Where multicast services are announced.
GROUPS = {
    "mdns": (5353, ("224.0.0.251", "ff02::fb")),
    "ssdp": (1900, ("239.255.255.250", "ff02::c", "ff05::c")),
}
NEIGHBOURS = (135, 136)  # neighbour solicitation and advertisement
LISTENERS = (130, 131, 132, 143)  # multicast listener query, report, done, report version 2
ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT = 133, 134


@dataclass(frozen=True)
class Clause:
    """Packets, by the values that their fields may have, and what becomes of them."""

    allowed: bool
    key: str  # what of the policy says so
    why: str = ""
    where: dict = field(default_factory=dict)  # {field: spans}; a field that is not named may have any value
    to: tuple | None = None  # (address, first port, its first original port): the destination is changed to
    masqueraded: bool = False

    def holds(self, packet):
        """Return whether a packet is one of these."""
        for name, values in self.where.items():
            value = packet.value(name)
            if value is None or not spans.contains(values, value):
                return False
        return True


@dataclass(frozen=True)
class Decision:
    """What becomes of a packet, and what of the policy says so."""

    allowed: bool
    key: str
    why: str = ""
    to: tuple | None = None  # (address, port) that a forward leads to
    masqueraded: bool = False


class Meaning:
    """The meaning of one policy."""

    def __init__(self, policy):
        self.policy = policy
        self._granted, self._clauses = {}, {}
        for flow in policy.flows:
            for source, destination in flow.pairs():
                way = (source.zone, destination.zone or ROUTER)
                self._granted.setdefault(way, []).append((source, destination, flow))
        self._inside = tuple(network for zone in policy.inside for network in zone.networks)
        self._internet = internet(policy)

    def decide(self, packet):
        """Return the Decision about a packet."""
        for clause in self.clauses(packet.inbound, packet.outbound):
            if clause.holds(packet):
                to = clause.to and (clause.to[0], clause.to[1] + packet.port - clause.to[2])
                return Decision(clause.allowed, clause.key, clause.why, to, clause.masqueraded)
        return Decision(False, "default", "nothing allows it")

    def clauses(self, inbound, outbound):
        """Return the clauses for packets on one way through the router; where none holds, the packet is denied."""
        way = (inbound, outbound)
        if way not in self._clauses:
            self._clauses[way] = self._of_way(inbound, outbound)
        return self._clauses[way]

    def _of_way(self, inbound, outbound):
        if inbound in (ROUTER, LOOPBACK):
            return (Clause(True, "the router itself"),)
        if NOWHERE in (inbound, outbound):
            return (Clause(False, "zones", "the interface belongs to no zone"),)
        zone = self.policy.zones[inbound]
        invalid = Clause(False, "state", "belongs to no connection", {"state": _states(INVALID)})
        if outbound == ROUTER:
            return (invalid, *self._forwards(zone), *self._to_router(zone))
        return (invalid, *self._spoofed(zone), *_known(), *self._across(zone, self.policy.zones[outbound]))

    def granted(self, inbound, outbound):
        """Yield the clauses of the flows alone."""
        for each in self._granted.get((inbound, outbound), ()):
            yield from self._flow(*each)

    # From zone to zone

    def _across(self, zone, target):
        if zone is target:
            yield Clause(zone.intra == model.ALLOW, f"zones.{zone.name}.intra", "within the zone")
            return
        found = list(self.granted(zone.name, target.name))
        if zone.internet == model.ALLOW and target.kind == model.WAN:
            key = f"zones.{zone.name}.internet"
            found += [
                Clause(True, key, "internet access", {"family": spans.one(version), f"destination{version}": reached})
                for version, reached in self._internet.items()
            ]
        for clause in found:
            if target.masquerade:
                narrowed = _narrowed(clause.where, {"family": spans.one(4), "state": _states(NEW)})
                if narrowed is not None:
                    yield replace(clause, where=narrowed, masqueraded=True)
            yield clause

    def _flow(self, source, destination, flow):
        for ends in self._ends(source, destination):
            for service in flow.services:
                for ports in service.ports:
                    for wanted in _ports(ports):
                        where = _narrowed(ends, wanted)
                        if where is not None:
                            yield Clause(True, flow.key.partition(".")[2], flow.why, where)

    def _ends(self, source, destination):
        """Yield what the addresses of two endpoints ask of a packet; each family apart where they ask anything."""
        if source.kind == "zone" and destination.kind in ("zone", ROUTER):
            yield {}
            return
        for version in (4, 6):
            asked = {"family": spans.one(version)}
            for name, end in (("source", source), ("destination", destination)):
                if end.kind == "host":
                    mine = [each for each in self.policy.hosts[end.name].addresses if each.version == version]
                    asked[f"{name}{version}"] = spans.of_networks(mine)
                elif end.kind == model.INTERNET:
                    asked[f"{name}{version}"] = self._internet[version]
            if all(values for values in asked.values()):
                yield asked

    def _spoofed(self, zone, more=()):
        """Yield the denial of sources that do not belong to a zone."""
        for version in (4, 6):
            highest = FIELDS[f"source{version}"]
            if zone.kind == model.WAN:
                wrong = spans.of_networks(each for each in self._inside if each.version == version)
            else:
                mine = [each for each in (*zone.networks, *more) if each.version == version]
                wrong = spans.complement(spans.of_networks(mine), highest)
            if zone.kind == model.WAN and not more and version == 6:
                # Link-local addresses are not routed, wherever they come from.
                wrong = spans.union(wrong, spans.of_networks(_LINK_LOCAL))
            if wrong:
                where = {"family": spans.one(version), f"source{version}": wrong}
                yield Clause(False, f"zones.{zone.name}.cidr{version}", "the source is not of this zone", where)

    # To the router

    def _forwards(self, zone):
        if zone.kind != model.WAN:
            return
        spoofed = next(
            (each.where["source4"] for each in self._spoofed(zone, _LINK_LOCAL) if "source4" in each.where), ()
        )
        for forward in self.policy.forwards:
            where = {
                "state": _states(NEW),
                "family": spans.one(4),
                "source4": spans.complement(spoofed, FIELDS["source4"]),
                "destination4": spans.complement(_not_one_host(self.policy), FIELDS["destination4"]),
                "protocol": spans.one({"tcp": TCP, "udp": UDP}[forward.protocol]),
                "port": ((forward.low, forward.high),),
            }
            to = (self.policy.hosts[forward.host].ip4, forward.to_port, forward.low)
            yield Clause(True, forward.key.partition(".")[2], forward.why, where, to)

    def _to_router(self, zone):
        yield from self._link(zone)
        yield from self._spoofed(zone, _LINK_LOCAL)
        yield from _known()
        yield from self.granted(zone.name, ROUTER)
        router = self.policy.router
        offered = model.Flow(
            router.manage, (_ROUTER,), router.manage_services, "management", key="policy.router.manage"
        )
        for source in router.manage:
            if source.zone == zone.name:
                yield from self._flow(source, _ROUTER, offered)
        for key in ("dns", "ntp"):
            if zone.name in getattr(router, key):
                for ports in WELL_KNOWN[key].ports:
                    yield from (Clause(True, f"router.{key}", key, where) for where in _ports(ports))
        if zone.name in router.dhcp:
            for version, port in ((4, 67), (6, 547)):
                if zone.of_family(version):
                    yield Clause(True, "router.dhcp", "addresses", _udp(version, port=port))
        for reflection in self.policy.reflect:
            if zone.name in reflection.zones:
                port, groups = GROUPS[reflection.service]
                for group in map(ipaddress.ip_address, groups):
                    heard = {f"destination{group.version}": spans.one(int(group))}
                    key = reflection.key.partition(".")[2]
                    yield Clause(True, key, reflection.service, {**_udp(group.version, port=port), **heard})

    def _link(self, zone):
        """Yield what a link needs to work at all, and what a router on it needs."""
        near = {"family": spans.one(6), "protocol": spans.one(ICMP6), "hops": spans.one(255)}
        yield Clause(True, "icmpv6", "neighbour discovery", {**near, "type": _types(NEIGHBOURS)})
        unnamed = spans.union(spans.one(0), spans.of_networks(_LINK_LOCAL))
        listeners = {"family": spans.one(6), "protocol": spans.one(ICMP6), "type": _types(LISTENERS)}
        yield Clause(True, "icmpv6", "multicast listeners", {**listeners, "source6": unnamed})
        if zone.kind == model.WAN:
            link_local = spans.of_networks(_LINK_LOCAL)
            advertisement = {**near, "type": spans.one(ROUTER_ADVERTISEMENT), "source6": link_local}
            yield Clause(True, "icmpv6", "the provider's router", advertisement)
            answers = {**_udp(6, port=546, source_port=547), "source6": link_local}
            yield Clause(True, "dhcp", "the router's own lease", _udp(4, port=68, source_port=67))
            yield Clause(True, "dhcp", "the router's own lease", answers)
        else:
            yield Clause(True, "icmpv6", "router solicitation", {**near, "type": spans.one(ROUTER_SOLICITATION)})
            if zone.name in self.policy.router.dhcp and zone.of_family(4):
                asking = {**_udp(4, port=67, source_port=68), "source4": spans.one(0)}
                yield Clause(True, "router.dhcp", "addresses", asking)


_ROUTER = model.Endpoint(ROUTER, ROUTER)


def internet(policy):
    """Return {4: spans, 6: spans} of the internet's addresses."""
    inside = {
        version: spans.of_networks(net for zone in policy.inside for net in zone.of_family(version))
        for version in (4, 6)
    }
    local4 = spans.of_networks(map(ipaddress.ip_network, _LOCAL4.split()))
    global6 = spans.of_networks(map(ipaddress.ip_network, _GLOBAL6.split()))
    return {
        4: spans.complement(spans.union(local4, inside[4]), FIELDS["source4"]),
        6: spans.intersection(global6, spans.complement(inside[6], FIELDS["source6"])),
    }


def _not_one_host(policy):
    """Return the IPv4 addresses that are no single device's."""
    return spans.of_networks([ipaddress.ip_network("224.0.0.0/4"), *policy.broadcasts])


def _known():
    yield Clause(True, "state", "part of a connection", {"state": _states(ESTABLISHED, RELATED)})


def _ports(ports):
    """Yield what a range of ports asks of a packet."""
    if ports.protocol == model.ANY:
        yield {}
    elif ports.protocol == model.PING:
        for version, (protocol, kind) in ECHO_REQUEST.items():
            yield {"family": spans.one(version), "protocol": spans.one(protocol), "type": spans.one(kind)}
    else:
        number = {"tcp": TCP, "udp": UDP}[ports.protocol]
        yield {"protocol": spans.one(number), "port": ((ports.low, ports.high),)}


def _udp(version, **numbers):
    return {
        "family": spans.one(version),
        "protocol": spans.one(UDP),
        **{name: spans.one(number) for name, number in numbers.items()},
    }


def _states(*names):
    return spans.union(*(spans.one(STATES.index(name)) for name in names))


def _types(numbers):
    return spans.union(*(spans.one(number) for number in numbers))


def _narrowed(where, more):
    """Return both demands as one; None where no packet meets both."""
    both = dict(where)
    for name, values in more.items():
        both[name] = spans.intersection(both[name], values) if name in both else values
        if not both[name]:
            return None
    return both
