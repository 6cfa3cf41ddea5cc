# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A zone as netifd builds it: its VLAN on the bridge, the bridge's interface in it, the router's addresses, DHCP."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.names import section_name
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.uci import Section
from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import ISOLATE

# The lower half of a network is for fixed addresses.
LEASE = "12h"


def logical(zone):
    """Return the name of a zone's interface in netifd, which firewall and DHCP refer to."""
    return section_name(zone.name)


def sections(policy, switch, bridge_section=None):
    """Return the sections of `network`. ``bridge_section``: the one that is there and names the bridge, if any."""
    found = [_bridge(switch, bridge_section)]
    for zone in switch.bridged(policy):
        if zone.intra == ISOLATE:
            found += [_isolated(port, zone) for port in switch.access(zone)]
    for zone in switch.bridged(policy):
        found += [_vlan(zone, switch), _interface(zone, switch)]
    return found


def _bridge(switch, bridge_section):
    options = {
        "name": switch.bridge,
        "type": "bridge",
        "ports": sorted([*switch.ports, *switch.trunks]),
        "vlan_filtering": "1",
    }
    reason = "one bridge for every port; with filtering, a frame stays in its VLAN"
    return Section("network", "device", bridge_section or section_name("bridge"), options, reason)


def _isolated(port, zone):
    reason = f"{port} belongs to {zone.name}, whose devices must not reach each other"
    return Section("network", "device", section_name("port", port), {"name": port, "isolate": "1"}, reason)


def _vlan(zone, switch):
    ports = [f"{port}:u*" for port in switch.access(zone)] + [f"{port}:t" for port in sorted(switch.trunks)]
    options = {"device": switch.bridge, "vlan": str(zone.vlan), "ports": ports}
    reason = f"{zone.name} is VLAN {zone.vlan}: untagged on its own ports, tagged on trunks"
    return Section("network", "bridge-vlan", section_name("vlan", zone.name), options, reason)


def _interface(zone, switch):
    addresses4 = _router_addresses(zone.address4, zone.cidr4)
    addresses6 = _router_addresses(zone.address6, zone.cidr6)
    options = {"device": switch.interface(zone), "proto": "static" if addresses4 or addresses6 else "none"}
    if addresses4:
        options["ipaddr"] = addresses4
    if addresses6:
        options["ip6addr"] = addresses6
    reason = f"the router's own address in {zone.name}, on the bridge's interface of that VLAN"
    return Section("network", "interface", logical(zone), options, reason)


def _router_addresses(address, network):
    return [f"{address}/{network.prefixlen}"] if address and network else []


def dhcp(policy, switch):
    """Return the sections of `dhcp`: a zone that is not served is said so, because dnsmasq serves every interface."""
    found = []
    for zone in switch.bridged(policy):
        served = zone.name in policy.router.dhcp
        options = {"interface": logical(zone)}
        if served:
            options.update(_pool(zone), leasetime=LEASE, dhcpv4="server" if zone.cidr4 else "disabled")
            options.update(dhcpv6="server" if zone.cidr6 else "disabled", ra="server" if zone.cidr6 else "disabled")
            reason = f"{zone.name} gets its addresses from the router"
        else:
            options.update(ignore="1", dhcpv4="disabled", dhcpv6="disabled", ra="disabled")
            reason = f"{zone.name} gets no addresses from the router"
        found.append(Section("dhcp", "dhcp", logical(zone), options, reason))
    for host in policy.hosts.values():
        if host.mac and host.ip4 and host.zone in policy.router.dhcp:
            options = {"name": _host_name(host), "mac": [host.mac.lower()], "ip": str(host.ip4)}
            reason = f"flows name {host.name} by its address: it always gets the same one"
            found.append(Section("dhcp", "host", section_name("host", host.name), options, reason))
    return found


def _host_name(host):
    return host.name.replace("_", "-")


def _pool(zone):
    """Return the upper half of the zone's network, as dnsmasq counts it."""
    if not zone.cidr4:
        return {}
    size = zone.cidr4.num_addresses
    start = max(size // 2, 2)
    return {"start": str(start), "limit": str(max(size - start - 2, 1))}
