# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A tailnet's policy file as rules: grants and the older acls, each with its sources, its targets and its ports.

What cannot be read is told in ``unread``: a rule that nobody understands may open anything.
"""

from __future__ import annotations

import functools
import ipaddress
from dataclasses import dataclass, field

from ansible_collections.hearthwall.home.plugins.module_utils.policy import spans

ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
# What a rule without a protocol is about.
USUAL = (TCP, UDP, ICMP, ICMP6)
PROTOCOLS = {
    "icmp": ICMP,
    "igmp": 2,
    "ipv4": 4,
    "ip-in-ip": 4,
    "tcp": TCP,
    "egp": 8,
    "igp": 9,
    "udp": UDP,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "ipv6-icmp": ICMP6,
    "sctp": 132,
}
NAMES = {number: name for name, number in PROTOCOLS.items()}
EVERY_PORT = ((0, 65535),)
ANYTHING = "*"


@dataclass(frozen=True)
class Rule:
    """One rule: whoever is one of the sources reaches whatever is one of the targets."""

    key: str  # where it is written: grants[0]
    sources: tuple
    targets: tuple
    ports: dict = field(default_factory=dict)  # {protocol number: spans of ports}


class Document:
    """The rules of a policy file, and the names that they use."""

    def __init__(self, data):
        self.unread = []
        # The sections' names are told in any case.
        self.data = {str(key).lower(): value for key, value in (data or {}).items()}
        self.groups = {str(name): tuple(map(str, who)) for name, who in self.section("groups", dict).items()}
        self.hosts = {}
        for name, written in self.section("hosts", dict).items():
            network = as_network(written)
            if network is None:
                self.unread.append(f"hosts.{name}: {written!r} is no address")
            else:
                self.hosts[str(name).lower()] = network
        self.ipsets = {str(name): tuple(map(str, parts)) for name, parts in self.section("ipsets", dict).items()}
        self.rules = [*self._grants(), *self._acls()]

    def section(self, name, kind):
        """Return a section; an empty one where it is missing."""
        value = self.data.get(name.lower())
        if value is None:
            return kind()
        if not isinstance(value, kind):
            self.unread.append(f"{name}: is no {kind.__name__}")
            return kind()
        return value

    def _grants(self):
        for number, each in enumerate(self.section("grants", list)):
            key = f"grants[{number}]"
            entry = _folded(each)
            if not entry.get("ip"):
                continue  # only rights within an application: without a port there is no way to it
            found = {}
            for written in entry["ip"]:
                self._add(found, key, *_protocol_and_ports(str(written)))
            yield Rule(key, _texts(entry.get("src")), _texts(entry.get("dst")), found)

    def _acls(self):
        for number, each in enumerate(self.section("acls", list)):
            key = f"acls[{number}]"
            entry = _folded(each)
            sources = _texts(entry.get("src") or entry.get("users"))
            protocol = str(entry.get("proto") or "")
            for target in _texts(entry.get("dst") or entry.get("ports")):
                name, _colon, listed = target.rpartition(":")
                found = {}
                for ports in listed.split(","):
                    self._add(found, key, protocol or ANYTHING, ports)
                yield Rule(key, sources, (name,), found)

    def _add(self, found, key, protocol, ports):
        numbers, span = protocol_numbers(protocol), port_span(ports)
        if numbers is None or span is None:
            self.unread.append(f"{key}: {protocol}:{ports} is no protocol with ports")
            # Whatever it says, it may be everything.
            numbers, span = USUAL, EVERY_PORT
        for number in numbers:
            wanted = span if number in (TCP, UDP, PROTOCOLS["sctp"]) else EVERY_PORT
            found[number] = spans.union(found.get(number, ()), wanted)


def _protocol_and_ports(written):
    if written == ANYTHING:
        return ANYTHING, ANYTHING
    protocol, colon, ports = written.rpartition(":")
    return (protocol, ports) if colon else (ANYTHING, written)


def protocol_numbers(written):
    """Return the protocols that a name or number means; None where it means none."""
    if written == ANYTHING:
        return USUAL
    if written.isdigit():
        return (int(written),) if int(written) <= 255 else None
    number = PROTOCOLS.get(written.lower())
    return None if number is None else (number,)


def port_span(written):
    """Return the ports that ``22``, ``80-90`` or ``*`` means; None where it means none."""
    if written == ANYTHING:
        return EVERY_PORT
    low, dash, high = written.partition("-")
    high = high if dash else low
    if not (low.isdigit() and high.isdigit() and 0 < int(low) <= int(high) <= 65535):
        return None
    return ((int(low), int(high)),)


def as_network(written):
    """Return the network that a text means, or None."""
    return _network(str(written))


# The union asks for the same few names of every thing that they may mean.
@functools.lru_cache(maxsize=4096)
def _network(written):
    try:
        return ipaddress.ip_network(written, strict=False)
    except ValueError:
        return None


def _folded(entry):
    return {str(key).lower(): value for key, value in entry.items()} if isinstance(entry, dict) else {}


def _texts(value):
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()
