# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who reaches what, asked of the running ruleset with one packet of every kind that it can tell apart."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from ansible_collections.hearthwall.home.plugins.module_utils.nftables import atoms, walk
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.packet import Packet
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import Ruleset
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.declared import from_wan
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.forwards import forwards


@dataclass
class Answer:
    """The ports of one address that somebody reaches, those that nobody could tell, and who was asked about."""

    open: dict = field(default_factory=dict)
    unknown: dict = field(default_factory=dict)
    complete: bool = True


def through(document, wan, outbound, destination, ports=None, inside=()):
    """Ask which TCP and UDP ports of an inside address a new connection from the WAN reaches through a router."""
    return _ask(document, wan, destination, ports, inside, outbound=outbound, hooks=walk.ROUTED)


def into(document, interfaces, destination, ports=None, sources=None):
    """Ask which ports of this very host a new connection from outside reaches; a container's published ports too."""
    rules = Ruleset(document)
    published, _unknown = forwards(rules)
    published = [entry for entry in published if from_wan(entry, interfaces)]
    return _ask(
        document, interfaces, destination, ports, (), hooks=walk.DELIVERED, sources=sources, published=published
    )


def _ask(document, interfaces, destination, ports, inside, hooks, outbound=None, sources=None, published=()):
    rules, answer = Ruleset(document), Answer()
    family = "ip6" if ":" in destination else "ip"
    networks = [ipaddress.ip_network(network, strict=False) for network in inside]

    if sources is None:
        sources, answer.complete = atoms.addresses(document, family, networks)
    for protocol in ("tcp", "udp"):
        for port in ports or atoms.ports(document):
            _one(rules, answer, interfaces, sources, destination, protocol, port, outbound, hooks, published)
    return answer


def _one(rules, answer, interfaces, sources, destination, protocol, port, outbound, hooks, published):
    doubt = ""
    for inbound in interfaces:
        for source in sources:
            asked = Packet(
                source=source,
                destination=destination,
                protocol=protocol,
                port=port,
                inbound=inbound,
                outbound=outbound,
                local=hooks is walk.DELIVERED,
            )
            result, where = _verdict(rules, asked, hooks, published)
            if result == walk.ALLOWED:
                answer.open[(protocol, port)] = source
                return
            if result == walk.UNKNOWN:
                doubt = where
    if doubt:
        answer.unknown[(protocol, port)] = doubt


def _verdict(rules, asked, hooks, published):
    for entry in published:
        if entry["proto"] == asked.protocol and str(entry["port"]) == str(asked.port):
            translated = Packet(
                source=asked.source,
                destination=entry["to_address"],
                protocol=asked.protocol,
                port=int(entry["to_port"]),
                inbound=asked.inbound,
                outbound=None,
                sent_to=asked.destination,
                sent_to_port=asked.port,
            )
            return walk.verdict(rules, translated, walk.ROUTED)
    return walk.verdict(rules, asked, hooks)


def sources_of(document, interfaces, destination, protocol, port):
    """Return (the sources that reach one port of this very host, where it could not be told)."""
    rules = Ruleset(document)
    published = [entry for entry in forwards(rules)[0] if from_wan(entry, interfaces)]
    sources, complete = atoms.addresses(document, "ip6" if ":" in destination else "ip")
    allowed, doubts = [], [] if complete else ["the rules tell more sources apart than can be asked about"]
    for inbound in interfaces:
        for source in sources:
            asked = Packet(source, destination, protocol, port, inbound=inbound, local=True)
            result, where = _verdict(rules, asked, walk.DELIVERED, published)
            if result == walk.ALLOWED:
                allowed.append(source)
            elif result == walk.UNKNOWN:
                doubts.append(f"{protocol} {port} from {source}: {where}")
    return allowed, doubts


def effect(document, forward, wan, sent_to, outbound):
    """Return whether the forward chains let a forwarded connection pass: allowed, blocked, or unknown."""
    if not str(forward["port"]).isdigit() or not str(forward["to_port"]).isdigit() or "/" in forward["to_address"]:
        return walk.UNKNOWN
    if forward["proto"] not in ("tcp", "udp") or "-" in forward["to_address"]:
        return walk.UNKNOWN
    rules = Ruleset(document)
    sources, complete = atoms.addresses(document, "ip6" if ":" in forward["to_address"] else "ip")
    results = set()
    for inbound in wan:
        for source in sources:
            asked = Packet(
                source=source,
                destination=forward["to_address"],
                protocol=forward["proto"],
                port=int(forward["to_port"]),
                inbound=inbound,
                outbound=outbound,
                sent_to=sent_to,
                sent_to_port=int(forward["port"]),
            )
            results.add(walk.verdict(rules, asked)[0])
    if walk.ALLOWED in results:
        return walk.ALLOWED
    return walk.BLOCKED if results == {walk.BLOCKED} and complete else walk.UNKNOWN
