# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every way that a packet can take through a router: between its interfaces, to and from the router itself."""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.policy import model, spans
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import FIELDS, LOOPBACK, NOWHERE, ROUTER
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.view import Home

# Stands for every interface that neither the policy nor a rule mentions.
STRANGER = "stranger0"


class Ways:
    """The pairs (inbound, outbound) of interfaces; None in place of one is the router itself."""

    def __init__(self, policy):
        missing = policy.without_interface()
        if missing:
            raise ValueError(f"the interfaces of {', '.join(missing)} are not known: name them, or give them by zone")
        self._policy = policy
        self._zones = {interface: zone.name for zone in policy.zones.values() for interface in zone.interfaces}
        self._strangers = [STRANGER]
        self._behind = [
            (int(network.network_address), int(network.broadcast_address), zone.interfaces[0])
            for zone in policy.inside
            for network in zone.of_family(4)
        ]
        self.home = Home(spans.of_networks(policy.broadcasts), _sources(policy))

    def add(self, names):
        """Take in the interfaces that rules mention (``eth*``: any one that begins so)."""
        for name in sorted(names):
            one = f"{name[:-1]}0" if name.endswith("*") else name
            if one not in self._zones and one != LOOPBACK and one not in self._strangers:
                self._strangers.append(one)

    def __iter__(self):
        interfaces = [*self._zones, *self._strangers]
        for inbound in interfaces:
            for outbound in interfaces:
                yield inbound, outbound
            yield inbound, None
        yield LOOPBACK, None
        for outbound in interfaces:
            yield None, outbound

    def names(self, inbound, outbound):
        """Return what the policy calls the two ends: zones, ROUTER, LOOPBACK, NOWHERE."""
        return self._name(inbound), self._name(outbound)

    def _name(self, interface):
        if interface is None:
            return ROUTER
        return LOOPBACK if interface == LOOPBACK else self._zones.get(interface, NOWHERE)

    def behind(self, address):
        """Return the interface that an IPv4 address (a number) is behind; None for the router's own."""
        own = {zone.address4 for zone in self._policy.zones.values()}
        if ipaddress.IPv4Address(address) in own:
            return None
        for low, high, interface in self._behind:
            if low <= address <= high:
                return interface
        return self._policy.wan.interfaces[0] if self._policy.wan else STRANGER


def _sources(policy):
    """Return {interface: {4: spans, 6: spans}} of the sources that the router has a way back to by it."""
    every = {version: [net for zone in policy.inside for net in zone.of_family(version)] for version in (4, 6)}
    found = {}
    for zone in policy.zones.values():
        for version in (4, 6):
            mine = spans.of_networks(zone.of_family(version))
            if zone.kind == model.WAN:
                mine = spans.complement(spans.of_networks(every[version]), FIELDS[f"source{version}"])
            for interface in zone.interfaces:
                found.setdefault(interface, {})[version] = mine
    return found
