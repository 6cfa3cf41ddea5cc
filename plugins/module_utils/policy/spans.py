# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sets of whole numbers (addresses, ports, protocols) as sorted, disjoint (low, high) pairs."""

from __future__ import annotations


def union(*sets):
    """Return what is in any of the sets, neighbours merged."""
    merged = []
    for low, high in sorted(span for each in sets for span in each):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(spans, highest):
    """Return what from 0 to ``highest`` is not in the set."""
    found, start = [], 0
    for low, high in union(spans):
        if low > start:
            found.append((start, low - 1))
        start = max(start, high + 1)
    if start <= highest:
        found.append((start, highest))
    return tuple(found)


def intersection(first, second):
    """Return what is in both sets."""
    found = []
    for low, high in first:
        for other_low, other_high in second:
            if low <= other_high and other_low <= high:
                found.append((max(low, other_low), min(high, other_high)))
    return union(found)


def contains(spans, number):
    return any(low <= number <= high for low, high in spans)


def one(number):
    return ((number, number),)


def of_networks(networks):
    """Return the addresses of networks (or of single addresses)."""
    return union([_ends(network) for network in networks])


def _ends(network):
    if hasattr(network, "network_address"):
        return int(network.network_address), int(network.broadcast_address)
    return int(network), int(network)
