# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One packet, and what a rule's expression sees of it.

A field is a value, ABSENT (this packet has no such field, so that the rule cannot match it), or UNREADABLE.
"""

from __future__ import annotations

import functools
import ipaddress
from dataclasses import dataclass

PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "ipv6-icmp": 58, "sctp": 132, "dccp": 33, "udplite": 136}
PROTOCOLS.update({"esp": 50, "ah": 51, "igmp": 2, "gre": 47, "comp": 108})
ADDRESS, NUMBER, PROTOCOL, WORD = "address", "number", "protocol", "word"
SYN = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "cwr": 128}


class _Mark:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


ABSENT = _Mark("absent")
UNREADABLE = _Mark("unreadable")


@dataclass(frozen=True)
class Packet:
    """The first packet of a new connection, at one point of its way."""

    source: str
    destination: str
    protocol: str = "tcp"
    port: int = 0
    source_port: int = 49152
    inbound: str | None = None
    outbound: str | None = None
    local: bool = False
    # Where the packet was sent to before a DNAT rule turned it to `destination`.
    sent_to: str | None = None
    sent_to_port: int | None = None

    @property
    def family(self):
        return "ip6" if ":" in self.destination else "ip"

    @property
    def translated(self):
        return self.sent_to is not None

    @property
    def number(self):
        return PROTOCOLS[self.protocol]


@functools.lru_cache(maxsize=4096)
def address_number(text):
    return int(ipaddress.ip_address(text))


def field(left, packet):
    """Return (kind, value) of the left side of a match for this packet."""
    if not isinstance(left, dict) or len(left) != 1:
        return WORD, UNREADABLE
    ((what, body),) = left.items()
    if what == "meta":
        return _meta(body.get("key"), packet)
    if what == "payload":
        return _raw(body, packet) if "base" in body else _payload(body.get("protocol"), body.get("field"), packet)
    if what == "ct":
        return _conntrack(body, packet)
    if what == "fib":
        return _fib(body, packet)
    if what in ("exthdr", "tcp option", "sctp chunk"):
        # A plain first packet carries no extension header that a rule would look for.
        return NUMBER, ABSENT if what == "exthdr" else UNREADABLE
    if what in ("&", "|", "^"):
        return _bits(what, body, packet)
    return WORD, UNREADABLE


_META = {
    "iifname": lambda packet: (WORD, packet.inbound or ABSENT),
    "iif": lambda packet: (WORD, packet.inbound or ABSENT),
    "oifname": lambda packet: (WORD, packet.outbound or ABSENT),
    "oif": lambda packet: (WORD, packet.outbound or ABSENT),
    "l4proto": lambda packet: (PROTOCOL, packet.number),
    "nfproto": lambda packet: (WORD, "ipv6" if packet.family == "ip6" else "ipv4"),
    "protocol": lambda packet: (WORD, packet.family),
    "pkttype": lambda packet: (WORD, "host"),
    "ibrname": lambda packet: (WORD, ABSENT),
    "obrname": lambda packet: (WORD, ABSENT),
    "secpath": lambda packet: (WORD, "missing"),
}
_NETWORK = {
    "saddr": lambda packet: (ADDRESS, address_number(packet.source)),
    "daddr": lambda packet: (ADDRESS, address_number(packet.destination)),
    "protocol": lambda packet: (PROTOCOL, packet.number),
    "nexthdr": lambda packet: (PROTOCOL, packet.number),
    "version": lambda packet: (NUMBER, 6 if packet.family == "ip6" else 4),
}
_TRANSPORT = {
    "dport": lambda packet: (NUMBER, packet.port),
    "sport": lambda packet: (NUMBER, packet.source_port),
    "flags": lambda packet: (NUMBER, SYN["syn"] if packet.protocol == "tcp" else UNREADABLE),
}


def _unreadable(_packet):
    return NUMBER, UNREADABLE


def _meta(key, packet):
    return _META[key](packet) if key in _META else (WORD, UNREADABLE)


def _payload(protocol, name, packet):
    if protocol in ("ip", "ip6"):
        if protocol != packet.family:
            return WORD, ABSENT
        return _NETWORK.get(name, _unreadable)(packet)
    if protocol in ("arp", "vlan"):
        return WORD, ABSENT
    if protocol != "th" and PROTOCOLS.get(protocol) != packet.number:
        return WORD, (ABSENT if protocol in PROTOCOLS else UNREADABLE)
    if protocol in ("icmp", "icmpv6"):
        return (WORD, "echo-request") if name == "type" else (NUMBER, UNREADABLE)
    return _TRANSPORT.get(name, _unreadable)(packet)


def _raw(body, packet):
    """Raw offsets, as miniupnpd writes them."""
    place = (body["base"], body["offset"], body["len"])
    network = {
        "ip": {
            ("nh", 72, 8): (PROTOCOL, packet.number),
            ("nh", 96, 32): (ADDRESS, address_number(packet.source)),
            ("nh", 128, 32): (ADDRESS, address_number(packet.destination)),
        },
        "ip6": {
            ("nh", 48, 8): (PROTOCOL, packet.number),
            ("nh", 64, 128): (ADDRESS, address_number(packet.source)),
            ("nh", 192, 128): (ADDRESS, address_number(packet.destination)),
        },
    }[packet.family]
    transport = {("th", 0, 16): (NUMBER, packet.source_port), ("th", 16, 16): (NUMBER, packet.port)}
    return network.get(place) or transport.get(place) or (NUMBER, UNREADABLE)


def _conntrack(body, packet):
    key, original = body.get("key"), body.get("dir") == "original"
    if key == "state":
        return WORD, "new"
    if key == "status":
        return WORD, "dnat" if packet.translated else "none"
    if key == "direction":
        return WORD, "original"
    if original and key in ("ip daddr", "ip6 daddr"):
        return ADDRESS, address_number(packet.sent_to or packet.destination)
    if original and key in ("ip saddr", "ip6 saddr"):
        return ADDRESS, address_number(packet.source)
    if original and key == "proto-dst":
        return NUMBER, packet.sent_to_port or packet.port
    if original and key == "protocol":
        return PROTOCOL, packet.number
    return WORD, UNREADABLE


def _fib(body, packet):
    flags = body.get("flags", [])
    flags = flags if isinstance(flags, list) else [flags]
    if body.get("result") == "type" and "daddr" in flags:
        return WORD, "local" if packet.local else "unicast"
    if body.get("result") == "type" and "saddr" in flags:
        return WORD, "unicast"
    if body.get("result") in ("oif", "oifname", "check") and "saddr" in flags:
        # The sources asked about are those with a way back.
        return NUMBER, True
    return WORD, UNREADABLE


def _bits(operator, body, packet):
    kind, value = field(body[0], packet)
    mask = number(body[1]) if len(body) == 2 else None
    if value in (ABSENT, UNREADABLE):
        return kind, value
    if mask is None or not isinstance(value, int):
        return kind, UNREADABLE
    return kind, {"&": value & mask, "|": value | mask, "^": value ^ mask}[operator]


def number(value):
    """Return a value of the ruleset as a number: an address, a protocol, TCP flags; None when it is none."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, list) or (isinstance(value, dict) and "|" in value):
        parts = [number(part) for part in (value if isinstance(value, list) else value["|"])]
        if any(part is None for part in parts):
            return None
        total = 0
        for part in parts:
            total |= part
        return total
    if not isinstance(value, str):
        return None
    if value in PROTOCOLS:
        return PROTOCOLS[value]
    if value in SYN:
        return SYN[value]
    try:
        return address_number(value)
    except ValueError:
        pass
    try:
        return int(value, 0)
    except ValueError:
        return None
