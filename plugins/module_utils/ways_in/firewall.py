# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host lets in: the services that it declares, and whether the rules that run let in exactly those."""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from dataclasses import asdict, dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.nftables import atoms, walk
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.packet import Packet
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import Ruleset

TABLE = ("inet", "hearthwall")
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")

# What container engines call the bridges to their containers.
BRIDGES = ("docker0", "podman*", "cni-podman*")
DOCKER_NETWORK = re.compile(r"br-[0-9a-f]{12}")


@dataclass(frozen=True)
class Service:
    """One thing that others may reach on this host; no sources: everybody may."""

    name: str
    protocol: str
    ports: tuple
    sources: tuple = ()

    def serves(self, source, protocol, port):
        if protocol != self.protocol or not covers(self.ports, port):
            return False
        address = ipaddress.ip_address(source)
        return not self.sources or any(_within(address, network) for network in self.sources)


def covers(ports, port):
    """Return whether a port is among ports and ranges such as 8000-8010."""
    spans = (str(listed).partition("-") for listed in ports)
    return any(int(low) <= port <= int(high or low) for low, _dash, high in spans)


def _within(address, network):
    network = ipaddress.ip_network(network, strict=False)
    return network.version == address.version and address in network


def services(host, ways, management, management_ports, discovery, extra):
    """Return the services of one host: management, its declared ways in, discovery, and what its owner adds."""
    found = [Service("management", "tcp", tuple(management_ports), tuple(management))] if management else []
    found += [Service(way.name, way.protocol, (way.port,), way.sources) for way in ways if way.to == host]
    if discovery:
        found.append(Service("discovery", "udp", (1900, 5353), PRIVATE))
    for entry in extra:
        listed = entry["port"] if isinstance(entry["port"], list) else [entry["port"]]
        origin = entry.get("from", "anywhere")
        origin = origin if isinstance(origin, list) else [origin]
        sources = () if {"anywhere", "wan"} & set(origin) else tuple(origin)
        found.append(Service(entry["name"], entry.get("protocol", "tcp"), tuple(listed), sources))
    return found


def described(service):
    """Return a service as the template takes it: sources by address family; no family: from everywhere."""
    by_family = {"ip": [], "ip6": []}
    for network in service.sources:
        parsed = ipaddress.ip_network(network, strict=False)
        by_family["ip6" if parsed.version == 6 else "ip"].append(parsed)
    listed = {
        family: [str(network) for network in ipaddress.collapse_addresses(sorted(networks))]
        for family, networks in by_family.items()
        if networks
    }
    return {**asdict(service), "ports": list(service.ports), "sources": listed}


def leads_to_containers(interface):
    """Return whether an interface of this name is a bridge to the host's own containers."""
    return bool(DOCKER_NETWORK.fullmatch(interface)) or any(fnmatch.fnmatchcase(interface, name) for name in BRIDGES)


def own(document, table=TABLE):
    """Return the part of a ruleset that is one table of Hearthwall's; None where that table is not loaded."""
    kept = []
    for item in (document or {}).get("nftables", []):
        for body in item.values():
            if (body.get("family"), body.get("table", body.get("name"))) == table:
                kept.append(item)
    return {"nftables": kept} if any("table" in item for item in kept) else None


def deviations(document, wanted, host, interface="eth0"):
    """Return (what the running table lets in or keeps out against the declared services, what could not be told).

    One packet of every source and port that the table, or the declaration, can tell apart.
    """
    rules = Ruleset(document)
    named = {"nftables": [*document["nftables"], {"set": _named(wanted)}]}
    wrong, doubtful = [], []
    asked = sorted(
        set(atoms.ports(named)) | {int(str(port).split("-", maxsplit=1)[0]) for each in wanted for port in each.ports}
    )
    for family, address in host.items():
        sources, complete = atoms.addresses(named, family)
        if not complete:
            doubtful.append(f"more {family} sources than can be asked about")
        for source in sources:
            for protocol in ("tcp", "udp"):
                for port in asked:
                    packet = Packet(source, address, protocol, port, inbound=interface, local=True)
                    verdict, where = walk.verdict(rules, packet, walk.DELIVERED)
                    served = any(each.serves(source, protocol, port) for each in wanted)
                    if verdict == walk.UNKNOWN:
                        doubtful.append(f"{source} to {protocol} {port}: {where}")
                    elif served != (verdict == walk.ALLOWED):
                        wrong.append(f"{source} {'is kept from' if served else 'reaches'} {protocol} {port}")
    return wrong, doubtful


def _named(wanted):
    """Return the declared services in a form of which the atoms can be taken."""
    listed = []
    for service in wanted:
        for port in service.ports:
            low, _dash, high = str(port).partition("-")
            listed.append({"range": [int(low), int(high or low)]})
        listed += list(service.sources)
    return {"elem": listed, "table": "declared", "family": "inet", "name": "declared"}


def locks_out(wanted, controller):
    """Return whether these services would keep the controller's own connection from being made again."""
    if not controller:
        return False
    return not any(each.serves(controller["address"], "tcp", controller["port"]) for each in wanted)
