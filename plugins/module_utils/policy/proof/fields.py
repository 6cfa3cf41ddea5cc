# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which field of a packet the left side of an nftables match looks at.

Beside the fields that a packet brings along (``policy/packet.py``) there are those that the way through the router
decides: its interfaces, whether the destination is the router's, and what conntrack keeps of the original packet.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.hearthwall.home.plugins.module_utils.policy import spans
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import ICMP, ICMP6, TCP, UDP

# Fields whose values are words.
INBOUND, OUTBOUND = "inbound", "outbound"
DESTINATION_TYPE, PACKET_TYPE = "destination_type", "packet_type"
STATUS, MARK, WAY_BACK = "status", "mark", "way_back"
DIRECTION = "direction"
WORDS = (INBOUND, OUTBOUND, DESTINATION_TYPE, PACKET_TYPE, STATUS, WAY_BACK, DIRECTION)
# Fields of the packet as it was before its addresses were translated.
ORIGINAL = {
    "original_source4": "source4",
    "original_source6": "source6",
    "original_destination4": "destination4",
    "original_destination6": "destination6",
    "original_port": "port",
    "original_source_port": "source_port",
    "original_protocol": "protocol",
}

_META = {
    "iifname": INBOUND,
    "iif": INBOUND,
    "oifname": OUTBOUND,
    "oif": OUTBOUND,
    "l4proto": "protocol",
    "nfproto": "family",
    "protocol": "family",
    "mark": MARK,
    "pkttype": PACKET_TYPE,
}
_NETWORK = {"saddr": "source", "daddr": "destination"}
_TRANSPORT = {"dport": "port", "sport": "source_port", "flags": "flags", "type": "type", "code": "code"}
_PROTOCOLS = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": ICMP6, "sctp": 132, "dccp": 33, "udplite": 136}
_CONNTRACK = {
    "ip saddr": "original_source4",
    "ip6 saddr": "original_source6",
    "ip daddr": "original_destination4",
    "ip6 daddr": "original_destination6",
    "proto-dst": "original_port",
    "proto-src": "original_source_port",
    "protocol": "original_protocol",
}


@dataclass(frozen=True)
class Looked:
    """A field, what a packet must be to have it at all, and the bits of it that are looked at."""

    name: str
    implied: dict = field(default_factory=dict)
    mask: int | None = None
    spelled: str = ""  # the protocol whose names its values have


def looked_at(left):
    """Return the Looked of a left side; None when it cannot be read."""
    if not isinstance(left, dict) or len(left) != 1:
        return None
    ((what, body),) = left.items()
    if what == "meta":
        name = _META.get(body.get("key"))
        return Looked(name) if name else None
    if what == "payload":
        return _payload(body.get("protocol"), body.get("field"))
    if what == "ct":
        return _conntrack(body)
    if what == "fib":
        return _fib(body)
    if what == "&" and len(body) == 2:
        inner = looked_at(body[0])
        return inner and Looked(inner.name, inner.implied, body[1], inner.spelled)
    return None


def _payload(protocol, name):
    if protocol in ("ip", "ip6"):
        version = 4 if protocol == "ip" else 6
        family = {"family": spans.one(version)}
        if name in _NETWORK:
            return Looked(f"{_NETWORK[name]}{version}", family)
        found = {"protocol": "protocol", "nexthdr": "protocol", "ttl": "hops", "hoplimit": "hops"}.get(name)
        return Looked(found, family) if found else None
    if protocol == "th":
        return Looked(_TRANSPORT[name]) if name in ("dport", "sport") else None
    if protocol in _PROTOCOLS and name in _TRANSPORT:
        implied = {"protocol": spans.one(_PROTOCOLS[protocol])}
        if protocol in ("icmp", "icmpv6"):
            implied["family"] = spans.one(4 if protocol == "icmp" else 6)
        return Looked(_TRANSPORT[name], implied, spelled=protocol)
    return None


def _conntrack(body):
    key = body.get("key")
    if key in ("state", "status"):
        return Looked(STATUS if key == "status" else "state")
    if key == "mark":
        return Looked(MARK)
    if key == "direction":
        return Looked(DIRECTION)
    if body.get("dir") == "original" and key in _CONNTRACK:
        name = _CONNTRACK[key]
        return Looked(name, {"family": spans.one(int(name[-1]))} if name[-1] in "46" else {})
    return None


def _fib(body):
    flags = body.get("flags", [])
    flags = flags if isinstance(flags, list) else [flags]
    if body.get("result") == "type" and flags == ["daddr"]:
        return Looked(DESTINATION_TYPE)
    if body.get("result") in ("oif", "oifname", "check") and set(flags) in ({"saddr", "iif"}, {"saddr", "mark", "iif"}):
        return Looked(WAY_BACK)
    return None
