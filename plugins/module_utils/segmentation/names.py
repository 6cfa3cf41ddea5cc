# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which zones the router gives addresses and names to, as the template of dnsmasq's configuration takes it."""

from __future__ import annotations

MOST_LEASES = 200


def served(policy):
    """Return {"zones": […], "hosts": […]} of what dnsmasq serves; zones that it serves nothing are left out."""
    asked = policy.router
    zones = [
        {
            "name": zone.name,
            "interface": interface,
            "dns": zone.name in asked.dns,
            "ntp": zone.name in asked.ntp,
            "leases": _leases(zone) if zone.name in asked.dhcp else None,
            "address4": str(zone.address4) if zone.address4 else None,
            "address6": str(zone.address6) if zone.address6 else None,
            "advertise": zone.name in asked.dhcp and zone.cidr6 is not None,
        }
        for zone in policy.inside
        for interface in zone.interfaces[:1]
        if zone.name in asked.dhcp or zone.name in asked.dns
    ]
    hosts = [
        {"name": name, "mac": host.mac, "ip4": _text(host.ip4), "addresses": [str(each) for each in host.addresses]}
        for name, host in sorted(policy.hosts.items())
        if host.addresses and host.zone != (policy.wan and policy.wan.name)
    ]
    return {"zones": zones, "hosts": hosts}


def _text(address):
    return str(address) if address else None


def _leases(zone):
    """Return the upper half of the zone's network, where fixed addresses seldom are."""
    network = zone.cidr4
    if network is None or network.num_addresses < 8:
        return None
    low = network.num_addresses // 2
    high = min(network.num_addresses - 2, low + MOST_LEASES - 1)
    return {"low": str(network[low]), "high": str(network[high]), "netmask": str(network.netmask)}
