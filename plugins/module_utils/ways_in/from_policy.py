# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ways in that the home's network policy declares: what it lets through to a host is open there, nothing else."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.policy import model
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.declared import Way
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.firewall import Service

EVERY_PORT = ("1-65535",)


def ways(policy, names):
    """Return the ways in from the internet to the home's hosts; ``names`` {name in the policy: host}."""
    found = {}
    for forward in policy.forwards:
        for offset in range(forward.high - forward.low + 1):
            way = _way(policy, names, forward.host, forward.protocol, forward.low + offset, forward.to_port + offset)
            found.setdefault((way.to, way.protocol, way.port), way)
    for flow in policy.flows:
        for source, destination in flow.pairs():
            if destination.kind != "host" or source.zone != (policy.wan and policy.wan.name):
                continue
            for ports in (each for service in flow.services for each in service.ports):
                if ports.protocol not in ("tcp", "udp"):
                    continue
                for port in range(ports.low, ports.high + 1):
                    way = _way(policy, names, destination.name, ports.protocol, port, port)
                    found.setdefault((way.to, way.protocol, way.port), way)
    return list(found.values())


def _way(policy, names, host, protocol, port, to_port):
    addresses = tuple(str(address) for address in policy.hosts[host].addresses)
    name = f"policy {protocol} {port} to {host}"
    return Way(name, ("wan",), names.get(host, host), addresses, protocol, port, to_port)


def services(policy, host):
    """Return what others inside may reach on a host of the policy, as the services of its own firewall."""
    zone = policy.hosts[host].zone
    found = {}
    for flow in policy.flows:
        for source, destination in flow.pairs():
            if destination.zone != zone or destination.kind == "host" and destination.name != host:
                continue
            if policy.wan and source.zone == policy.wan.name:
                continue
            for service in flow.services:
                _add(found, service, _addresses(policy, source))
    return [
        Service(f"policy {name} {protocol}", protocol, tuple(sorted(ports)), tuple(dict.fromkeys(sources)))
        for (name, protocol), (ports, sources) in found.items()
    ]


def _add(found, service, sources):
    for ports in service.ports:
        for protocol in ("tcp", "udp") if ports.protocol == model.ANY else (ports.protocol,):
            if protocol not in ("tcp", "udp"):
                continue  # pings are let in everywhere
            span = EVERY_PORT if ports.protocol == model.ANY else (str(ports).partition("/")[2],)
            listed, origins = found.setdefault((service.name, protocol), (set(), []))
            listed.update(span)
            origins += sources


def _addresses(policy, source):
    """Return the networks of one end of a flow."""
    if source.kind == "host":
        return [str(address) for address in policy.hosts[source.name].addresses]
    return [str(network) for network in policy.zones[source.zone].networks]


def host_of(policy, addresses):
    """Return the name that the policy has for the host with one of these addresses, or None."""
    wanted = set(addresses)
    return next(
        (name for name, host in policy.hosts.items() if wanted & {str(address) for address in host.addresses}), None
    )
