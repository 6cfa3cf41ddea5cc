# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A packet as the policy sees it at the router, and the fields that rules and policy tell packets apart by."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

# Where a packet comes from or goes to, beside the zones.
ROUTER = "router"  # the router itself
LOOPBACK = "lo"  # the router to itself
NOWHERE = "?"  # an interface that belongs to no zone

NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED = STATES = ("new", "established", "related", "invalid", "untracked")
ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
PROTOCOL_NAMES = {ICMP: "icmp", TCP: "tcp", UDP: "udp", ICMP6: "icmpv6"}
ECHO_REQUEST = {4: (ICMP, 8), 6: (ICMP6, 128)}

# field: its highest value. Addresses have one per family: a packet has those of its own.
FIELDS = {
    "state": len(STATES) - 1,
    "family": 6,
    "source4": (1 << 32) - 1,
    "source6": (1 << 128) - 1,
    "destination4": (1 << 32) - 1,
    "destination6": (1 << 128) - 1,
    "protocol": 255,
    "port": 65535,
    "source_port": 65535,
    "type": 255,
    "code": 255,
    "hops": 255,
    "flags": 255,
}


@dataclass(frozen=True)
class Packet:
    """One packet that arrives at the router, before any translation of its addresses."""

    inbound: str  # the zone that it comes from, or LOOPBACK, ROUTER, NOWHERE
    outbound: str  # the zone that it is routed to, or ROUTER, NOWHERE
    source: ipaddress.IPv4Address | ipaddress.IPv6Address
    destination: ipaddress.IPv4Address | ipaddress.IPv6Address
    protocol: int = TCP
    port: int = 0
    source_port: int = 49152
    type: int = 0
    code: int = 0
    hops: int = 64
    flags: int = 2
    state: str = NEW

    @property
    def family(self):
        return self.destination.version

    def value(self, field):
        """Return the number that a field has; None for the address of the other family."""
        if field == "state":
            return STATES.index(self.state)
        if field[-1] in "46":
            return int(getattr(self, field[:-1])) if int(field[-1]) == self.family else None
        return getattr(self, field)

    def __str__(self):
        name = PROTOCOL_NAMES.get(self.protocol, f"protocol {self.protocol}")
        ends = [f"{each}" for each in (self.source, self.destination)]
        if self.protocol in (TCP, UDP):
            ends = [
                f"[{end}]:{port}" if self.family == 6 else f"{end}:{port}"
                for end, port in zip(ends, (self.source_port, self.port))
            ]
        elif self.protocol in (ICMP, ICMP6):
            name += f" type {self.type}"
        return f"{self.state} {name} {ends[0]} ({self.inbound}) -> {ends[1]} ({self.outbound})"
