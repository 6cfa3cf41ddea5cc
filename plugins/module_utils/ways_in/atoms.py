# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sources, ports and addresses that a ruleset can tell apart: one representative of each.

Asking about these few packets asks about all of them.
"""

from __future__ import annotations

import ipaddress

ANYBODY = {"ip": "203.0.113.199", "ip6": "2001:db8:ffff::199"}
MOST = 600


def addresses(document, family, within=None):
    """Return (representative addresses, whether they are all): one per interval that the ruleset draws."""
    edges = set()
    for low, high in _spans(document, family):
        edges.update((low - 1, low, high, high + 1))
    found = []
    largest = (1 << (128 if family == "ip6" else 32)) - 1
    for edge in sorted(edges):
        if 0 < edge < largest:
            found.append(ipaddress.ip_address(edge) if family == "ip" else ipaddress.IPv6Address(edge))
    kept = [str(address) for address in found if _unicast(address) and (within is None or within(address))]
    anybody = ipaddress.ip_address(ANYBODY[family])
    if within is None or within(anybody):
        kept.insert(0, str(anybody))
    return kept[:MOST], len(kept) <= MOST


def _unicast(address):
    return not (address.is_multicast or address.is_loopback or address.is_unspecified)


def _spans(value, family):
    """Yield the intervals of addresses named anywhere in a ruleset."""
    if isinstance(value, dict):
        if "prefix" in value and isinstance(value["prefix"], dict):
            network = _network(f"{value['prefix']['addr']}/{value['prefix']['len']}", family)
            if network:
                yield int(network.network_address), int(network.broadcast_address)
            return
        if "range" in value and isinstance(value["range"], list):
            ends = [_network(str(end), family) for end in value["range"]]
            if all(ends):
                yield int(ends[0].network_address), int(ends[1].network_address)
            return
        for inner in value.values():
            yield from _spans(inner, family)
    elif isinstance(value, list):
        for inner in value:
            yield from _spans(inner, family)
    elif isinstance(value, str):
        network = _network(value, family)
        if network:
            yield int(network.network_address), int(network.broadcast_address)


def _network(text, family):
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return network if network.version == (6 if family == "ip6" else 4) else None


def ports(document):
    """Return one port of every interval of ports that the ruleset draws."""
    edges = {1, 65535}
    _ports(document, edges)
    return sorted(port for port in edges if 0 < port < 65536)


def _ports(value, edges):
    if isinstance(value, dict):
        if "range" in value and isinstance(value["range"], list):
            ends = [end for end in value["range"] if _number(end)]
            for end in ends:
                edges.update((end - 1, end, end + 1))
            return
        for key, inner in value.items():
            if key not in ("handle", "prio", "counter", "len", "offset"):
                _ports(inner, edges)
    elif isinstance(value, list):
        for inner in value:
            _ports(inner, edges)
    elif _number(value):
        edges.update((value - 1, value, value + 1))


def _number(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536
