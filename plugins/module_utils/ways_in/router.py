# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where Home Assistant is, seen from the router: its addresses, the interface towards it, and the internet's side."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field


@dataclass
class Sight:
    """What the router's look and the description together say about the way to Home Assistant."""

    wan: list = field(default_factory=list)
    wan_addresses: list = field(default_factory=list)
    addresses: list = field(default_factory=list)
    # What the same machine answers to beside those: known today, perhaps not tomorrow.
    others: list = field(default_factory=list)
    interface: str = ""
    on_router: bool = False
    prefixes: list = field(default_factory=list)
    inside: list = field(default_factory=list)
    missing: list = field(default_factory=list)


def sight(look, given_wan, ha_addresses):
    """Combine the router's look with what the description says; `missing` names what is still not known."""
    found = Sight(wan=list(given_wan) or list(look.get("default_routes") or []))
    own = look.get("addresses") or []
    if not found.wan:
        found.missing.append("the interface to the internet (no default route; set exposure_wan_interfaces)")
    found.wan_addresses = [entry["address"] for entry in own if entry["interface"] in found.wan and _global(entry)]
    found.inside = [_network(entry) for entry in own if entry["interface"] not in found.wan]
    found.on_router = any(entry["address"] in ha_addresses for entry in own)
    found.interface = _interface_towards(own, ha_addresses)
    found.addresses = sorted(set(ha_addresses))
    found.others = sorted(set(_same_machine(look.get("neighbours") or [], ha_addresses)) - set(ha_addresses))
    if not ha_addresses:
        found.missing.append("the address of Home Assistant (set exposure_home_assistant_addresses)")
    if not found.interface and not found.on_router and ha_addresses:
        found.missing.append(f"the router's interface towards {', '.join(ha_addresses)}")
    found.prefixes = [
        _network(entry)
        for entry in own
        if entry["interface"] == found.interface and ":" in entry["address"] and _global(entry)
    ]
    return found


def _global(entry):
    return entry["scope"] == "global"


def _network(entry):
    return str(ipaddress.ip_network(f"{entry['address']}/{entry['prefix']}", strict=False))


def _interface_towards(own, addresses):
    for address in addresses:
        parsed = ipaddress.ip_address(address)
        for entry in own:
            network = ipaddress.ip_network(_network(entry))
            if network.version == parsed.version and parsed in network:
                return entry["interface"]
    return ""


def _same_machine(neighbours, addresses):
    """Return the other addresses of the machine that has one of these: it answers with the same MAC address."""
    cards = {(entry["mac"], entry["interface"]) for entry in neighbours if entry["address"] in addresses}
    return [
        entry["address"]
        for entry in neighbours
        if (entry["mac"], entry["interface"]) in cards and not ipaddress.ip_address(entry["address"]).is_link_local
    ]


def suffixes(found):
    """Return the interface parts of Home Assistant's IPv6 addresses: they outlive a change of the prefix."""
    parts = set()
    for address in found.addresses:
        parsed = ipaddress.ip_address(address)
        if parsed.version == 6 and found.interface:
            parts.add(str(ipaddress.IPv6Address(int(parsed) & ((1 << 64) - 1))))
    return [{"interface": found.interface, "address": part} for part in sorted(parts)]


def strangers(prefix, known):
    """Return an address of a prefix that nobody is known to have: what Home Assistant may be given tomorrow."""
    network = ipaddress.ip_network(prefix)
    candidate = network.network_address + (0x5EED_C0DE_5EED_C0DE % network.num_addresses)
    return [] if str(candidate) in known else [str(candidate)]
