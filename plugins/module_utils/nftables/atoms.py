# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sources, ports and addresses that a ruleset can tell apart: one representative of each.

Asking about these few packets asks about all of them.
"""

from __future__ import annotations

import ipaddress

ANYBODY = {"ip": "203.0.113.199", "ip6": "2001:db8:ffff::199"}
MOST = 600


def addresses(document, family, apart=()):
    """Return (representative addresses, whether they are all): one of every interval that the ruleset draws.

    None is taken from the networks ``apart``.
    """
    bits = 128 if family == "ip6" else 32
    away = [network for network in apart if network.max_prefixlen == bits]
    edges = {0, 1 << bits}
    for low, high in (*_spans(document, family), *_spans([str(network) for network in away], family)):
        edges.update((low, high + 1))
    ordered = sorted(edges)
    anybody = ipaddress.ip_address(ANYBODY[family])
    found = [] if _inside(anybody, away) else [str(anybody)]
    for low, beyond in zip(ordered, ordered[1:]):
        if not found or not low <= int(anybody) < beyond:
            found += _representative(low, beyond, bits, away)
    return found[:MOST], len(found) <= MOST


def _representative(low, beyond, bits, away):
    """Return a usable address of an interval, if it has one."""
    for number in (low, beyond - 1, (low + beyond) // 2):
        address = ipaddress.IPv6Address(number) if bits == 128 else ipaddress.IPv4Address(number)
        if _unicast(address) and not _inside(address, away):
            return [str(address)]
    return []


def _inside(address, networks):
    return any(address in network for network in networks)


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
    edges = {1}
    _ports(document, edges)
    return sorted(port for port in edges if 0 < port < 65536)


def _ports(value, edges):
    if isinstance(value, dict):
        if "range" in value and isinstance(value["range"], list):
            low, high = value["range"]
            if _number(low) and _number(high):
                edges.update((low, high + 1))
            return
        for key, inner in value.items():
            if key not in ("handle", "prio", "counter", "len", "offset"):
                _ports(inner, edges)
    elif isinstance(value, list):
        for inner in value:
            _ports(inner, edges)
    elif _number(value):
        edges.update((value, value + 1))


def _number(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536
