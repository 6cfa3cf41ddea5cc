# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ways in that the home declares, and which of what was found is one of them."""

from __future__ import annotations

import fnmatch
import ipaddress
from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.forwards import covers_address, covers_port, span

EVERYWHERE = ("wan", "anywhere")
# Forwarding one of these to another host says nothing about Home Assistant, even where it listens on them itself.
COMMON_PORTS = (80, 443)


@dataclass(frozen=True)
class Way:
    """One declared way in: who may reach which port of which host, and why."""

    name: str
    origin: tuple
    to: str
    addresses: tuple
    protocol: str = "tcp"
    port: int = 443
    to_port: int = 443
    why: str = ""

    @property
    def from_wan(self):
        return "wan" in self.origin or "anywhere" in self.origin

    @property
    def sources(self):
        """Return the networks that may use it; none: everybody."""
        return () if self.from_wan else tuple(part for part in self.origin if part not in EVERYWHERE)

    def __str__(self):
        to = "" if self.to_port == self.port else f" port {self.to_port}"
        return f"{self.name}: {', '.join(self.origin)} to {self.protocol} {self.port} ({self.to}{to})"


def ways(described, addresses_of):
    """Return the ways of `exposure_ways_in`; `addresses_of(name)` gives the addresses of a host of the home."""
    found = []
    for entry in described:
        origin = entry.get("from", "wan")
        found.append(
            Way(
                name=entry["name"],
                origin=tuple(origin) if isinstance(origin, (list, tuple)) else (origin,),
                to=entry["to"],
                addresses=tuple(addresses_of(entry["to"])),
                protocol=entry.get("protocol", "tcp"),
                port=int(entry["port"]),
                to_port=int(entry.get("to_port", entry["port"])),
                why=entry.get("why", ""),
            )
        )
    return found


def leads_from_wan(entry):
    """Return whether an entry of `exposure_ways_in` is a way from the internet."""
    origin = entry.get("from", "wan")
    return bool(set(EVERYWHERE) & set(origin if isinstance(origin, (list, tuple)) else [origin]))


def refusals(described, hosts):
    """Return what is wrong with `exposure_ways_in`, one sentence each."""
    wrong = []
    for number, entry in enumerate(described):
        where = f"exposure_ways_in[{number}]"
        if entry.get("to") not in hosts:
            wrong.append(f"{where}.to: {entry.get('to')!r} is no host of this home ({', '.join(sorted(hosts))})")
        origin = entry.get("from", "wan")
        for part in origin if isinstance(origin, list) else [origin]:
            if part in EVERYWHERE:
                continue
            try:
                ipaddress.ip_network(part)
            except ValueError as error:
                wrong.append(f"{where}.from: wan, anywhere, or networks such as 10.0.10.0/24; {error}")
    return wrong


def from_wan(forward, wan):
    """Return whether packets from a WAN interface meet this forward."""
    inside = forward.get("interfaces")
    if inside is not None:
        return any(_interface(pattern, name) for pattern in inside for name in wan)
    return not all(any(_interface(pattern, name) for pattern in forward["not_interfaces"]) for name in wan)


def _interface(pattern, name):
    """Match `ppp*` (nftables) and `ppp+` (iptables)."""
    return fnmatch.fnmatchcase(name, pattern[:-1] + "*" if pattern.endswith("+") else pattern)


def leads_to(forward, addresses, ports):
    """Return whether a forward leads to Home Assistant: to its host, or to its port on any host."""
    if any(covers_address(forward["to_address"], address) for address in addresses):
        return True
    if span(forward["to_port"]) != 1:
        return False
    return any(covers_port(forward["to_port"], port) for port in ports if port not in COMMON_PORTS)


def is_declared(forward, declared):
    """Return the declared way that a forward is; None when it is none, or wider than one."""
    for way in declared:
        if (
            way.from_wan
            and forward["proto"] == way.protocol
            and str(forward["port"]) == str(way.port)
            and str(forward["to_port"]) == str(way.to_port)
            and forward["to_address"] in way.addresses
        ):
            return way
    return None


def told(forward):
    """Return a forward in words."""
    listed = forward.get("interfaces")
    inside = f" on {', '.join(listed)}" if listed else ""
    where = forward["source"] + (f", {forward['persistent']}" if forward.get("persistent") else "")
    return f"{forward['proto']} {forward['port']}{inside} to {forward['to_address']}:{forward['to_port']} ({where})" + (
        "" if forward.get("running", True) else " at the next boot"
    )
