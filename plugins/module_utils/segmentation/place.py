# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a policy fits the router that it is for, and whether whoever manages it could still do so."""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.policy import model
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import NOWHERE, ROUTER, TCP, Packet

# What the kernel takes as the name of an interface.
LONGEST_NAME = 15


def with_interfaces(policy):
    """Return the policy with an interface for every zone: on a bridge of ours it bears the zone's name."""
    return policy.with_interfaces({name: [name[:LONGEST_NAME]] for name in policy.without_interface()})


def missing_interfaces(policy, links):
    """Return a sentence for each network of the home of which the router does not have the interface.

    Tunnels come and go with their daemons; the interface of a network that is always there is mistyped.
    """
    if links is None:
        return []
    return [
        f"hearthwall_policy.zones.{zone.name}.interface: the router has no interface {interface} "
        f"(it has {', '.join(sorted(set(links) - {'lo'}))})"
        for zone in policy.zones.values()
        if zone.kind in (model.LAN, model.WAN)
        for interface in zone.interfaces
        if interface not in links
    ]


def arrival(policy, address, own):
    """Return the zone from which packets of an address arrive; ``own``: the router's addresses as it was seen."""
    wanted = ipaddress.ip_address(address)
    for entry in own:
        network = ipaddress.ip_network(f"{entry['address']}/{entry['prefix']}", strict=False)
        if network.version == wanted.version and wanted in network:
            zone = policy.zone_of(entry["interface"])
            return zone.name if zone else NOWHERE
    for zone in policy.inside:
        if any(network.version == wanted.version and wanted in network for network in zone.networks):
            return zone.name
    return policy.wan.name if policy.wan else NOWHERE


def locked_out(policy, meaning, controller, own):
    """Return why the controller could not come back under this policy; None when it could, or nobody knows."""
    if not controller:
        return None
    source = ipaddress.ip_address(controller["address"])
    zone = arrival(policy, controller["address"], own)
    here = next(
        (entry["address"] for entry in own if _sees(entry, source)),
        "0.0.0.0" if source.version == 4 else "::",  # noqa: S104 - any address of the router, none is listened on
    )
    packet = Packet(zone, ROUTER, source, ipaddress.ip_address(here), TCP, int(controller["port"]))
    decision = meaning.decide(packet)
    return None if decision.allowed else f"{packet} is denied ({decision.key}: {decision.why})"


def _sees(entry, source):
    network = ipaddress.ip_network(f"{entry['address']}/{entry['prefix']}", strict=False)
    return network.version == source.version and source in network
