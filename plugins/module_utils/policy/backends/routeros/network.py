# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A zone as RouterOS builds it: its VLAN on the bridge, an interface in it, the router's addresses, DHCP."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros import menus
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros.plan import Entry
from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import ISOLATE

LEASE = "12h"


def interface(zone):
    """Return the name of the router's interface in a bridged zone."""
    return f"{menus.NAME}{zone.name}"


def entries(policy, switch):
    """Return the entries of the bridge, the VLANs, the addresses and DHCP."""
    zones = switch.bridged(policy)
    return [
        *_bridge(switch),
        *_ports(switch, zones),
        *(entry for zone in zones for entry in _zone(zone, switch)),
        *(entry for zone in zones if zone.name in policy.router.dhcp for entry in _served(policy, zone)),
    ]


def _bridge(switch):
    # Filtering is what cuts people off: everything else is there before.
    yield Entry(menus.BRIDGE, {"name": switch.bridge, "vlan-filtering": "yes"}, last=True)


def _ports(switch, zones):
    for zone in zones:
        for port in switch.access(zone):
            options = {"interface": port, "bridge": switch.bridge, "pvid": str(zone.vlan)}
            options.update({"frame-types": "admit-only-untagged-and-priority-tagged", "ingress-filtering": "yes"})
            # Ports of one horizon pass nothing to each other.
            options["horizon"] = str(zone.vlan) if zone.intra == ISOLATE else "none"
            yield Entry(menus.PORT, options)
    for port in sorted(switch.trunks):
        options = {"interface": port, "bridge": switch.bridge, "pvid": "1"}
        options.update({"frame-types": "admit-only-vlan-tagged", "ingress-filtering": "yes", "horizon": "none"})
        yield Entry(menus.PORT, options)


def _zone(zone, switch):
    name, comment = interface(zone), menus.comment(zone.name, f"VLAN {zone.vlan}")
    yield Entry(
        menus.BRIDGE_VLAN,
        {
            "bridge": switch.bridge,
            "vlan-ids": str(zone.vlan),
            "tagged": ",".join([switch.bridge, *sorted(switch.trunks)]),
            "untagged": ",".join(switch.access(zone)),
            "comment": comment,
        },
    )
    options = {"name": name, "interface": switch.bridge, "vlan-id": str(zone.vlan), "comment": comment}
    yield Entry(menus.VLAN, options)
    why = menus.comment(zone.name, "the router's own address")
    if zone.address4 and zone.cidr4:
        address = f"{zone.address4}/{zone.cidr4.prefixlen}"
        yield Entry(menus.ADDRESS, {"address": address, "interface": name, "comment": why})
    if zone.address6 and zone.cidr6:
        options = {"address": f"{zone.address6}/{zone.cidr6.prefixlen}", "interface": name}
        yield Entry(menus.ADDRESS6, {**options, "advertise": "yes", "comment": why})


def _served(policy, zone):
    if not zone.cidr4 or not zone.address4:
        return
    name, network = interface(zone), zone.cidr4
    # The lower half is for fixed addresses.
    first, last = network[network.num_addresses // 2], network[-2]
    why = menus.comment(zone.name, "devices get their addresses here")
    yield Entry(menus.POOL, {"name": name, "ranges": f"{first}-{last}"})
    options = {"name": name, "interface": name, "address-pool": name, "lease-time": LEASE, "disabled": "no"}
    yield Entry(menus.DHCP, options)
    dns = {"dns-server": str(zone.address4)} if zone.name in policy.router.dns else {}
    options = {"address": str(network), "gateway": str(zone.address4), **dns, "comment": why}
    yield Entry(menus.DHCP_NETWORK, options)
    for host in policy.hosts.values():
        if host.zone == zone.name and host.mac and host.ip4:
            reason = menus.comment(f"host {host.name}", "flows name it by its address")
            options = {"mac-address": host.mac.upper(), "server": name, "address": str(host.ip4), "comment": reason}
            yield Entry(menus.LEASE, options)
