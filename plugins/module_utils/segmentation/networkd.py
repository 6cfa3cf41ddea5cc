# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's own switch as systemd-networkd builds it: one VLAN-aware bridge, its ports, a routed interface a zone.

A port of a zone whose devices must not reach each other is isolated: the bridge passes nothing between two such ports.
"""

from __future__ import annotations

from dataclasses import dataclass

FOLDER = "/etc/systemd/network"
BRIDGE = "hearthwall0"
MANAGED = "# Managed by Hearthwall: role segmentation.\n"


@dataclass(frozen=True)
class Segment:
    """One zone as the switch needs it."""

    name: str
    interface: str
    vlan: int
    addresses: tuple = ()
    isolated: bool = False


def files(segments, trunks, ports):
    """Return {path: text}.

    ``trunks``: interfaces that carry every zone with its tag; ``ports`` {interface: zone}: access ports, untagged.
    """
    segments = sorted(segments, key=lambda each: each.vlan)
    by_name = {segment.name: segment for segment in segments}
    units = {
        f"20-{BRIDGE}.netdev": [
            ("NetDev", [("Name", BRIDGE), ("Kind", "bridge")]),
            ("Bridge", [("VLANFiltering", "yes"), ("DefaultPVID", "none"), ("STP", "no")]),
        ],
        f"20-{BRIDGE}.network": [
            ("Match", [("Name", BRIDGE)]),
            (
                "Network",
                [
                    ("LinkLocalAddressing", "no"),
                    ("ConfigureWithoutCarrier", "yes"),
                    *(("VLAN", segment.interface) for segment in segments),
                ],
            ),
            *_tagged(segments),
        ],
    }
    for segment in segments:
        units[f"21-hearthwall-{segment.interface}.netdev"] = [
            ("NetDev", [("Name", segment.interface), ("Kind", "vlan")]),
            ("VLAN", [("Id", segment.vlan)]),
        ]
        units[f"21-hearthwall-{segment.interface}.network"] = [
            ("Match", [("Name", segment.interface)]),
            (
                "Network",
                [
                    *(("Address", address) for address in segment.addresses),
                    ("ConfigureWithoutCarrier", "yes"),
                    ("IPv6AcceptRA", "no"),
                    ("DHCP", "no"),
                ],
            ),
        ]
    for interface in sorted(trunks):
        units[f"22-hearthwall-{interface}.network"] = [*_port(interface, isolated=False), *_tagged(segments)]
    for interface, zone in sorted(ports.items()):
        segment = by_name[zone]
        untagged = [("VLAN", segment.vlan), ("PVID", segment.vlan), ("EgressUntagged", segment.vlan)]
        units[f"22-hearthwall-{interface}.network"] = [
            *_port(interface, segment.isolated),
            ("BridgeVLAN", untagged),
        ]
    return {f"{FOLDER}/{name}": _text(sections) for name, sections in sorted(units.items())}


def _port(interface, isolated):
    return [
        ("Match", [("Name", interface)]),
        ("Network", [("Bridge", BRIDGE), ("LinkLocalAddressing", "no"), ("ConfigureWithoutCarrier", "yes")]),
        ("Bridge", [("Isolated", "yes" if isolated else "no")]),
    ]


def _tagged(segments):
    return [("BridgeVLAN", [("VLAN", segment.vlan)]) for segment in segments]


def _text(sections):
    parts = [f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in pairs) for name, pairs in sections]
    return MANAGED + "\n".join(parts)
