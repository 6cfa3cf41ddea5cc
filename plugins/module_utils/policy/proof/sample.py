# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Picks one packet, as a reader would expect it, of those that a comparison has found."""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.policy import spans
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import STATES, TCP, UDP, Packet

_ADDRESS = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
_OUTSIDE = {4: int(ipaddress.ip_address("203.0.113.9")), 6: int(ipaddress.ip_address("2001:db8:ffff::9"))}
_PREFERRED = {
    "state": (0,),
    "family": (4, 6),
    "protocol": (TCP, UDP),
    "port": (443, 22, 8123, 50000),
    "source_port": (49152,),
    "type": (8, 128),
    "code": (0,),
    "hops": (64, 255),
    "flags": (2,),
}


def packet(policy, way, values):
    """Return the Packet with these {field: spans}, on a way between two ends by the policy's names."""
    numbers = {name: _pick(values.get(name), preferred) for name, preferred in _PREFERRED.items()}
    version = numbers.pop("family")
    ends = {}
    for name, place in zip(("source", "destination"), way):
        wanted = values.get(f"{name}{version}")
        ends[name] = _ADDRESS[version](_pick(wanted, _likely(policy, place, version)))
    state = STATES[numbers.pop("state")]
    return Packet(*way, **ends, **numbers, state=state)


def address4(number):
    """Return the text of an IPv4 address."""
    return str(ipaddress.IPv4Address(number))


def _likely(policy, place, version):
    """Return addresses that one would expect at an end."""
    zone = policy.zones.get(place)
    networks = zone.of_family(version) if zone else ()
    return (*(int(network.network_address) + 9 for network in networks if network.num_addresses > 9), _OUTSIDE[version])


def _pick(wanted, preferred):
    if wanted is None:
        return preferred[0]
    for number in preferred:
        if spans.contains(wanted, number):
            return number
    low, high = wanted[0]
    return low + 9 if high - low > 20 else low
