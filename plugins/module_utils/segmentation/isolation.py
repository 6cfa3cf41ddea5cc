# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the devices of a network can reach each other below the router's rules: enforced, not enforced, or unknown.

What the router can see is its own bridge. Two ports of it that are both isolated pass nothing to each other. What hangs
behind one port, a switch or an access point, is its own affair.
"""

from __future__ import annotations

from dataclasses import dataclass

ENFORCED, NOT_ENFORCED, UNKNOWN = "enforced", "not enforced", "unknown"


@dataclass(frozen=True)
class Isolation:
    """What is known of one zone, and why."""

    zone: str
    state: str
    why: str

    def __str__(self):
        return f"{self.zone}: {self.state} ({self.why})"


def isolation(zone, links):
    """Return the Isolation of a zone; ``links`` is the look at the router's own switch, or None."""
    if links is None:
        return Isolation(zone.name, UNKNOWN, "the router's interfaces could not be read")
    ports, missing = {}, []
    for interface in zone.interfaces:
        if interface not in links:
            missing.append(interface)
            continue
        ports.update(_ports(interface, links))
    if missing:
        return Isolation(zone.name, UNKNOWN, f"the router has no interface {', '.join(missing)}")
    if not ports:
        where = ", ".join(zone.interfaces) or "no interface"
        return Isolation(zone.name, UNKNOWN, f"{where} is no bridge of the router's: a switch decides, unseen")
    # A port that is not isolated passes frames to every other.
    free = sorted(name for name, isolated in ports.items() if not isolated)
    if len(ports) == 1:
        return Isolation(zone.name, UNKNOWN, f"all of it is behind the one port {next(iter(ports))}")
    if free:
        return Isolation(zone.name, NOT_ENFORCED, f"{_are(free)} not isolated")
    return Isolation(zone.name, ENFORCED, f"the ports {', '.join(sorted(ports))} are isolated")


def _are(names):
    return f"the port {names[0]} is" if len(names) == 1 else f"the ports {', '.join(names)} are"


def _ports(interface, links):
    """Return {port: whether it is isolated} of the bridge that an interface is, or is a VLAN of."""
    link = links[interface]
    bridge, vlan = (link["over"], link["vlan"]) if link["kind"] == "vlan" else (interface, None)
    if bridge not in links or links[bridge]["kind"] != "bridge":
        return {}
    return {
        name: bool(port["isolated"])
        for name, port in links.items()
        if port["bridge"] == bridge and (vlan is None or port["vlans"] is None or vlan in port["vlans"])
    }
