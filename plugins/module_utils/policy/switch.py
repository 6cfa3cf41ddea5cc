# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a router's own switch carries the zones: which port is whose, which carry all of them with a tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import ISOLATE, WAN


@dataclass(frozen=True)
class Switch:
    """One VLAN-filtering bridge: access ports belong to one zone, trunks carry every zone with its tag."""

    bridge: str
    ports: Mapping[str, str] = field(default_factory=dict)
    trunks: tuple[str, ...] = ()

    def interface(self, zone):
        """Return the bridge's own interface in a zone, as Linux names it."""
        return f"{self.bridge}.{zone.vlan}"

    def bridged(self, policy):
        """Return the zones that this switch carries, by VLAN."""
        zones = [zone for zone in policy.zones.values() if zone.kind != WAN and zone.vlan]
        return sorted(zones, key=lambda zone: zone.vlan)

    def access(self, zone):
        """Return the ports of a zone."""
        return sorted(port for port, name in self.ports.items() if name == zone.name)

    def problems(self, policy):
        """Return what is wrong with this layout for this policy, all of it."""
        found = []
        carried = {zone.name for zone in self.bridged(policy)}
        for port, name in sorted(self.ports.items()):
            if name not in policy.zones:
                found.append(f"port {port} belongs to a zone that is not there: {name}")
            elif name not in carried:
                found.append(f"port {port} belongs to {name}, which has no VLAN: give the zone a `vlan`")
            if port in self.trunks:
                found.append(f"port {port} is an access port and a trunk: name it once")
        for zone in policy.zones.values():
            if zone.kind == WAN and {*zone.interfaces} & {*self.ports, *self.trunks}:
                found.append(f"the WAN's interface ({', '.join(zone.interfaces)}) is a port of the bridge")
        for zone in self.bridged(policy):
            if not self.access(zone) and not self.trunks:
                found.append(f"zone {zone.name} is on no port: give it one, or name a trunk")
        if not self.ports and not self.trunks:
            found.append("the switch has no port")
        return found

    def separation(self, policy, radios=None):
        """Return {zone: (status, why)} for the zones whose devices must not reach each other.

        What the bridge enforces ends at its ports: a trunk leads to a switch or access point that has to do it itself.
        ``radios``: {zone: [whether each of the router's own wireless networks in it separates its clients]}.
        """
        found = {}
        for zone in self.bridged(policy):
            if zone.intra != ISOLATE:
                continue
            access, wireless = self.access(zone), (radios or {}).get(zone.name, [])
            held = [f"ports {', '.join(access)} are isolated from each other"] if access else []
            held += ["its wireless networks separate their clients"] if wireless and all(wireless) else []
            if not all(wireless):
                found[zone.name] = ("not enforced", "a wireless network of it lets its clients reach each other")
            elif self.trunks:
                behind = f"what is behind the trunk {', '.join(self.trunks)} has to separate its devices itself"
                found[zone.name] = ("unknown", "; ".join([*held, behind]))
            else:
                found[zone.name] = ("enforced", "; ".join(held))
        return found
