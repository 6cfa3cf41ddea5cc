# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy as a formula, from the description's own words: shares nothing with the collection but the documentation."""

from __future__ import annotations

import datetime
import ipaddress

import z3
from packet import ESTABLISHED, INVALID, NEW, RELATED, Fate, within

SERVICES = {
    "ssh": ["tcp/22"],
    "http": ["tcp/80"],
    "https": ["tcp/443"],
    "dns": ["udp/53", "tcp/53"],
    "ntp": ["udp/123"],
    "mqtts": ["tcp/8883"],
    "wireguard": ["udp/51820"],
}
PRIVATE = "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 224.0.0.0/3"
ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
GROUPS = {"mdns": (5353, ["224.0.0.251", "ff02::fb"]), "ssdp": (1900, ["239.255.255.250", "ff02::c", "ff05::c"])}


def listed(value):
    return value if isinstance(value, list) else [] if value is None else [value]


class PolicyFormula:
    def __init__(self, document, packet, today):
        self.zones, self.hosts = document["zones"], document.get("hosts", {})
        self.document, self.packet, self.today = document, packet, today
        self.wan = next((name for name, zone in self.zones.items() if zone.get("kind") == "wan"), None)
        self.link_local = within(packet.source6, ipaddress.ip_network("fe80::/10"))
        self.inside = {
            version: [net for name in self.zones if name != self.wan for net in self.networks(name, version)]
            for version in (4, 6)
        }

    def fate(self):
        p = self.packet
        here = p.outbound == p.number("router")
        forwards = [] if self.wan is None else [self.forward(each) for each in self.document.get("forwards", [])]
        address, port, translated = z3.BitVecVal(0, 32), p.port, z3.BoolVal(False)
        for matched, to_address, to_port in reversed(forwards):
            address, port = z3.If(matched, to_address, address), z3.If(matched, to_port, port)
            translated = z3.Or(matched, translated)
        translated = z3.And(here, translated)
        passes = self.through()
        loopback = p.inbound == p.number("lo")
        allowed = z3.If(here, z3.Or(loopback, translated, self.to_router()), passes)
        return Fate(allowed, translated, address, port, z3.And(z3.Not(here), passes, self.hidden()))

    # Zones and addresses

    def networks(self, name, version):
        return [ipaddress.ip_network(each) for each in listed(self.zones[name].get(f"cidr{version}"))]

    def at(self, variable, name):
        return z3.Or([variable == self.packet.number(each) for each in listed(self.zones[name]["interface"])])

    def source_of(self, name, link):
        """The source belongs to a zone; on the link itself link-local addresses do, too."""
        p = self.packet
        of = {}
        for version, variable in ((4, p.source4), (6, p.source6)):
            if name == self.wan:
                of[version] = z3.Not(z3.Or([within(variable, net) for net in self.inside[version]]))
            else:
                of[version] = z3.Or([within(variable, net) for net in self.networks(name, version)])
        six = z3.Or(of[6], self.link_local) if link else z3.And(of[6], z3.Not(self.link_local))
        return z3.If(p.ip6, six, of[4])

    def internet(self, four, six):
        public = z3.Not(z3.Or([within(four, ipaddress.ip_network(net)) for net in PRIVATE.split()]))
        public = z3.And(public, z3.Not(z3.Or([within(four, net) for net in self.inside[4]])))
        world = z3.Or(within(six, ipaddress.ip_network("2000::/3")), within(six, ipaddress.ip_network("64:ff9b::/96")))
        world = z3.And(world, z3.Not(z3.Or([within(six, net) for net in self.inside[6]])))
        return z3.If(self.packet.ip6, world, public)

    def end(self, name, interface, four, six):
        """One end of a flow."""
        if name in self.zones:
            return self.at(interface, name)
        if name == "internet":
            return z3.And(self.at(interface, self.wan), self.internet(four, six))
        if name == "router":
            return interface == self.packet.number("router")
        host = self.hosts[name]
        is4 = four == int(ipaddress.ip_address(host["ip4"])) if "ip4" in host else z3.BoolVal(False)
        is6 = six == int(ipaddress.ip_address(host["ip6"])) if "ip6" in host else z3.BoolVal(False)
        return z3.And(self.at(interface, host["zone"]), z3.If(self.packet.ip6, is6, is4))

    def reached(self, name, address):
        """A translated address is that of an end."""
        if name in self.hosts:
            known = self.hosts[name].get("ip4")
            return address == int(ipaddress.ip_address(known)) if known else z3.BoolVal(False)
        if name in self.zones and name != self.wan:
            return z3.Or([within(address, net) for net in self.networks(name, 4)])
        return z3.BoolVal(False)

    def service(self, name):
        p = self.packet
        if name == "any":
            return z3.BoolVal(True)
        if name == "ping":
            echo6 = z3.And(p.protocol == ICMP6, p.type == 128)
            return z3.If(p.ip6, echo6, z3.And(p.protocol == ICMP, p.type == 8))
        found = []
        for each in [name] if "/" in name else self.document.get("services", {}).get(name) or SERVICES[name]:
            protocol, ports = each.split("/")
            low, high = (int(end) for end in (ports.split("-") * 2)[:2])
            number = {"tcp": TCP, "udp": UDP}[protocol]
            found.append(z3.And(p.protocol == number, z3.UGE(p.port, low), z3.ULE(p.port, high)))
        return z3.Or(found)

    # What is allowed

    def zone_of(self, end):
        return self.wan if end == "internet" else self.hosts[end]["zone"] if end in self.hosts else end

    def flows(self):
        p = self.packet
        found = []
        for flow in self.document.get("flows", []):
            until = flow.get("until")
            if until and datetime.date.fromisoformat(until) < self.today:
                continue
            for source in listed(flow["from"]):
                for destination in listed(flow["to"]):
                    if self.zone_of(source) == self.zone_of(destination):
                        continue
                    ends = z3.And(
                        self.end(source, p.inbound, p.source4, p.source6),
                        self.end(destination, p.outbound, p.destination4, p.destination6),
                    )
                    found.append(z3.And(ends, z3.Or([self.service(each) for each in listed(flow["services"])])))
        return z3.Or(found)

    def known(self):
        return z3.Or(self.packet.state == ESTABLISHED, self.packet.state == RELATED)

    def through(self):
        p = self.packet
        source = z3.Or([z3.And(self.at(p.inbound, name), self.source_of(name, False)) for name in self.zones])
        target = z3.Or([self.at(p.outbound, name) for name in self.zones])
        within_zone = z3.Or(
            [
                z3.And(self.at(p.inbound, name), self.at(p.outbound, name))
                for name, zone in self.zones.items()
                if name != self.wan and zone.get("intra", "allow") == "allow"
            ]
        )
        online = z3.Or(
            [
                z3.And(self.at(p.inbound, name), self.end("internet", p.outbound, p.destination4, p.destination6))
                for name, zone in self.zones.items()
                if zone.get("internet") == "allow"
            ]
        )
        opened = z3.Or(self.known(), within_zone, online, self.flows())
        return z3.And(p.state != INVALID, source, target, opened)

    def hidden(self):
        """IPv4 that opens a connection out of the WAN takes the router's address."""
        p = self.packet
        if self.wan is None or not self.zones[self.wan].get("masquerade", True):
            return z3.BoolVal(False)
        return z3.And(self.at(p.outbound, self.wan), z3.Not(p.ip6), p.state == NEW)

    def to_router(self):
        p = self.packet
        router = self.document["router"]
        found = [self.flows()]
        for end in listed(router["manage"]["from"]):
            allowed = z3.Or([self.service(each) for each in listed(router["manage"].get("services", ["ssh"]))])
            found.append(z3.And(self.end(end, p.inbound, p.source4, p.source6), allowed))
        for key in ("dns", "ntp"):
            found += [z3.And(self.at(p.inbound, name), self.service(key)) for name in router.get(key, [])]
        for name in router.get("dhcp", []):
            has4, has6 = bool(self.networks(name, 4)), bool(self.networks(name, 6))
            port = z3.If(p.ip6, z3.And(has6, p.port == 547), z3.And(has4, p.port == 67))
            found.append(z3.And(self.at(p.inbound, name), p.protocol == UDP, port))
        for reflection in self.document.get("reflect", []):
            port, groups = GROUPS[reflection["service"]]
            four = z3.Or([p.destination4 == int(ipaddress.ip_address(each)) for each in groups if ":" not in each])
            six = z3.Or([p.destination6 == int(ipaddress.ip_address(each)) for each in groups if ":" in each])
            heard = z3.Or([self.at(p.inbound, name) for name in reflection["between"]])
            found.append(z3.And(heard, p.protocol == UDP, p.port == port, z3.If(p.ip6, six, four)))
        source = z3.Or([z3.And(self.at(p.inbound, name), self.source_of(name, True)) for name in self.zones])
        asked = z3.And(source, z3.Or(self.known(), *found))
        known_link = z3.Or([self.at(p.inbound, name) for name in self.zones])
        return z3.And(p.state != INVALID, known_link, z3.Or(asked, self.link()))

    def link(self):
        """What works without a zone's address: neighbours, multicast listeners, routers, leases."""
        p = self.packet
        near = z3.And(p.ip6, p.protocol == ICMP6, p.hops == 255)
        unnamed = z3.Or(p.source6 == 0, self.link_local)
        from_wan = self.at(p.inbound, self.wan) if self.wan else z3.BoolVal(False)
        served = z3.Or(
            [self.at(p.inbound, name) for name in self.document["router"].get("dhcp", []) if self.networks(name, 4)]
        )
        udp = p.protocol == UDP
        return z3.Or(
            z3.And(near, z3.Or(p.type == 135, p.type == 136)),
            z3.And(p.ip6, p.protocol == ICMP6, unnamed, z3.Or([p.type == each for each in (130, 131, 132, 143)])),
            z3.And(near, p.type == 133, z3.Not(from_wan)),
            z3.And(near, p.type == 134, from_wan, self.link_local),
            z3.And(from_wan, z3.Not(p.ip6), udp, p.source_port == 67, p.port == 68),
            z3.And(from_wan, p.ip6, udp, p.source_port == 547, p.port == 546, self.link_local),
            z3.And(served, z3.Not(p.ip6), udp, p.source_port == 68, p.port == 67, p.source4 == 0),
        )

    def forward(self, forward):
        """Return (what is forwarded, its new address, its new port)."""
        p = self.packet
        many = [ipaddress.ip_network("224.0.0.0/4"), ipaddress.ip_network("255.255.255.255")]
        many += [
            ipaddress.ip_network(net.broadcast_address)
            for name in self.zones
            for net in self.networks(name, 4)
            if net.prefixlen < 31
        ]
        protocol, ports = forward["port"].split("/")
        low, high = (int(end) for end in (ports.split("-") * 2)[:2])
        matched = z3.And(
            self.at(p.inbound, self.wan),
            p.outbound == p.number("router"),
            p.state == NEW,
            z3.Not(p.ip6),
            self.source_of(self.wan, True),
            z3.Not(z3.Or([within(p.destination4, net) for net in many])),
            p.protocol == {"tcp": TCP, "udp": UDP}[protocol],
            z3.UGE(p.port, low),
            z3.ULE(p.port, high),
        )
        address = z3.BitVecVal(int(ipaddress.ip_address(self.hosts[forward["to"]]["ip4"])), 32)
        return matched, address, p.port + (forward.get("to_port", low) - low)
