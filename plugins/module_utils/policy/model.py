# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The network policy of a home: zones, hosts, and allow-only flows between them; everything else is denied.

Flows only allow and have no order, so that a policy means the same on every kind of router. ``load.py`` makes a Policy
from the home's description; ``meaning.py`` says what it means for a packet.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Union

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

LAN, WAN, VPN, TAILNET = "lan", "wan", "vpn", "tailnet"
KINDS = (LAN, WAN, VPN, TAILNET)
ALLOW, DENY, ISOLATE = "allow", "deny", "isolate"
# What ``from`` and ``to`` may name beside zones and hosts.
ROUTER, INTERNET = "router", "internet"
ANY, PING = "any", "ping"


@dataclass(frozen=True)
class Ports:
    """A protocol with a range of ports; ``ping`` is the echo request of either family, ``any`` is everything."""

    protocol: str  # tcp | udp | ping | any
    low: int = 0
    high: int = 65535

    def __str__(self):
        if self.protocol in (ANY, PING):
            return self.protocol
        return f"{self.protocol}/{self.low}" + (f"-{self.high}" if self.high != self.low else "")

    def meets(self, other):
        """Return whether some packet is of both."""
        if ANY in (self.protocol, other.protocol):
            return True
        return self.protocol == other.protocol and self.low <= other.high and other.low <= self.high


@dataclass(frozen=True)
class Service:
    """A named set of ports."""

    name: str
    ports: tuple[Ports, ...]

    def meets(self, other):
        """Return whether some packet is of both."""
        return any(mine.meets(theirs) for mine in self.ports for theirs in other.ports)


@dataclass(frozen=True)
class Zone:
    """Networks behind one or several interfaces of the router, treated alike."""

    name: str
    kind: str = LAN
    # Empty until the backend knows them (``Policy.with_interfaces``), where the description names none.
    interfaces: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    vlan: int | None = None
    intra: str = ALLOW  # between the devices of the zone: allow | isolate
    internet: str = DENY  # to any service on the internet: allow | deny
    masquerade: bool = False  # IPv4 that leaves through this zone takes the router's address
    # The router's own addresses in this zone.
    address4: ipaddress.IPv4Address | None = None
    address6: ipaddress.IPv6Address | None = None

    def of_family(self, version):
        """Return the zone's networks of IP version 4 or 6."""
        return tuple(network for network in self.networks if network.version == version)

    @property
    def cidr4(self):
        """The (first) IPv4 network, or None."""
        return next(iter(self.of_family(4)), None)

    @property
    def cidr6(self):
        """The (first) IPv6 network, or None."""
        return next(iter(self.of_family(6)), None)


@dataclass(frozen=True)
class Host:
    """A device with fixed addresses in a zone."""

    name: str
    zone: str
    ip4: ipaddress.IPv4Address | None = None
    ip6: ipaddress.IPv6Address | None = None
    mac: str | None = None

    @property
    def addresses(self):
        """Its addresses."""
        return tuple(address for address in (self.ip4, self.ip6) if address)


@dataclass(frozen=True)
class Endpoint:
    """One end of a flow: a zone, a host of it, the internet (``zone`` is the WAN's), or the router (no zone)."""

    kind: str  # zone | host | internet | router
    name: str
    zone: str | None = None

    def meets(self, other):
        """Return whether something is part of both."""
        if ROUTER in (self.kind, other.kind):
            return self.kind == other.kind
        if self.zone != other.zone:
            return False
        return self.name == other.name or not self.kind == other.kind == "host"


@dataclass(frozen=True)
class Flow:
    """Who may open connections to whom, for what."""

    sources: tuple[Endpoint, ...]
    destinations: tuple[Endpoint, ...]
    services: tuple[Service, ...]
    why: str = ""
    until: datetime.date | None = None  # the last day (UTC)
    key: str = ""  # where it is written: hearthwall_policy.flows[3]

    def pairs(self):
        """Return the (source, destination) pairs that the router decides; the same zone is layer 2's."""
        return tuple(
            (source, destination)
            for source in self.sources
            for destination in self.destinations
            if source.zone != destination.zone
        )


@dataclass(frozen=True)
class Never:
    """What no flow may ever allow: proved, not compiled."""

    sources: tuple[Endpoint, ...]
    destinations: tuple[Endpoint, ...]
    services: tuple[Service, ...]
    why: str = ""
    key: str = ""


@dataclass(frozen=True)
class RouterServices:
    """What the router itself offers: zone names, and for ``manage`` who may log in and how."""

    manage: tuple[Endpoint, ...] = ()
    manage_services: tuple[Service, ...] = ()
    dhcp: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    ntp: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reflection:
    """Multicast of a service that the router repeats between zones."""

    service: str  # mdns | ssdp
    zones: tuple[str, ...]
    key: str = ""


@dataclass(frozen=True)
class Forward:
    """A port of the router's WAN address that leads to a host (IPv4; IPv6 needs no translation, only a flow)."""

    protocol: str
    low: int
    high: int
    host: str
    to_port: int  # where a range is forwarded, that of its first port
    why: str = ""
    key: str = ""

    @property
    def port(self):
        """The port or range as it is written."""
        return str(Ports(self.protocol, self.low, self.high))

    @property
    def to_high(self):
        """The last port that it leads to."""
        return self.to_port + self.high - self.low


@dataclass(frozen=True)
class Policy:
    """The whole policy. ``flows`` are those in force; ``expired`` ones are told, not compiled."""

    zones: Mapping[str, Zone] = field(default_factory=dict)
    hosts: Mapping[str, Host] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    flows: tuple[Flow, ...] = ()
    never: tuple[Never, ...] = ()
    router: RouterServices = RouterServices()
    reflect: tuple[Reflection, ...] = ()
    forwards: tuple[Forward, ...] = ()
    expired: tuple[Flow, ...] = ()

    @property
    def wan(self):
        """The zone of kind wan, or None."""
        return next((zone for zone in self.zones.values() if zone.kind == WAN), None)

    @property
    def inside(self):
        """The zones that are not the WAN."""
        return tuple(zone for zone in self.zones.values() if zone.kind != WAN)

    @property
    def broadcasts(self):
        """The IPv4 addresses that mean every device of a network."""
        directed = [
            network.broadcast_address
            for zone in self.zones.values()
            for network in zone.of_family(4)
            if network.prefixlen < 31
        ]
        return (*directed, ipaddress.IPv4Address("255.255.255.255"))

    def zone_of(self, interface):
        """Return the zone that an interface belongs to, or None."""
        return next((zone for zone in self.zones.values() if interface in zone.interfaces), None)

    def without_interface(self):
        """Return the names of the zones whose interface is not known yet."""
        return tuple(name for name, zone in self.zones.items() if not zone.interfaces)

    def with_interfaces(self, interfaces):
        """Return the policy with the interfaces of those zones that name none, from {zone: [interface, …]}."""
        zones = {
            name: zone if zone.interfaces else replace(zone, interfaces=tuple(interfaces.get(name, ())))
            for name, zone in self.zones.items()
        }
        return replace(self, zones=zones)
