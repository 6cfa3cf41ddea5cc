# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's home rebuilt on one machine with a kernel of its own: what to plug where, and what its policy expects."""

from __future__ import annotations

import ipaddress
import random
from pathlib import Path

import yaml
from ansible_collections.hearthwall.home.plugins.module_utils.policy import load, packet
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends import nftables
from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import Meaning
from ansible_collections.hearthwall.home.plugins.module_utils.segmentation import networkd

ROOT = Path(__file__).parents[2]
RULES = "/etc/hearthwall/policy.nft"
ICMP = "icmp"
PROTOCOLS = {"tcp": packet.TCP, "udp": packet.UDP}
# The WAN is no segment of the home's own switch; its addresses are documentation's, as in the lab.
WAN = ("198.51.100.0/24", "2001:db8:100::/64")
ROUTER_ON_WAN, ROUTER = 2, 1
TRUNK = "trunk"
WIREGUARD = 51820
# Device: its zone and number. Each of the first has a port of the router, the others are behind the trunk.
PORTS = {"bulb": ("iot", 11), "camera": ("iot", 12), "internet": ("wan", 66)}
BEHIND = {"laptop": ("trusted", 10), "guest": ("guest", 11), "ha": ("servers", 10), "nas": ("servers", 20)}
DEVICES = {**PORTS, **BEHIND}
# Beside the services of the policy: what nobody declared.
RANDOM = random.Random(6)
UNDECLARED = [("tcp", RANDOM.randrange(1024, 60000)) for _ in range(2)] + [("udp", RANDOM.randrange(1024, 50000))]


class Home:
    """The lab's policy, and the machine that it is to hold on."""

    def __init__(self):
        described = (ROOT / "inventory/lab/group_vars/lab/home.yml").read_text(encoding="utf-8")
        # Its lookups are Ansible's; here they are texts that nobody reads.
        self.policy = load.load(yaml.safe_load(described)["hearthwall_policy"])
        self.meaning = Meaning(self.policy)
        self.zones = {zone.name: zone for zone in self.policy.zones.values()}

    def networks(self, zone):
        found = WAN if zone == "wan" else [str(each) for each in self.zones[zone].networks]
        return [ipaddress.ip_network(each) for each in found]

    def addresses(self, device):
        zone, number = DEVICES[device]
        # 10 is written ::10, as in the lab's table.
        return [
            str(network[number if network.version == 4 else int(str(number), 16)]) for network in self.networks(zone)
        ]

    def routers(self, zone):
        number = ROUTER_ON_WAN if zone == "wan" else ROUTER
        return [str(network[number]) for network in self.networks(zone)]

    def files(self):
        """Return {path: text} of what the role segmentation would write."""
        lan = [zone for zone in self.zones.values() if zone.vlan]
        segments = [
            networkd.Segment(
                zone.name,
                zone.interfaces[0],
                zone.vlan,
                tuple(self._with_length(zone.name)),
                zone.intra == "isolate",
            )
            for zone in lan
        ]
        access = {f"{name}0": zone for name, (zone, _number) in PORTS.items() if zone != "wan"}
        wan = "[Match]\nName=wan\n\n[Network]\nIPv6AcceptRA=no\nDHCP=no\nConfigureWithoutCarrier=yes\n"
        wan += "".join(f"Address={each}\n" for each in self._with_length("wan"))
        return {
            **networkd.files(segments, [TRUNK], access),
            "/etc/systemd/network/30-wan.network": wan,
            RULES: nftables.compiled(self.policy),
        }

    def _with_length(self, zone):
        return [f"{each}/{net.prefixlen}" for each, net in zip(self.routers(zone), self.networks(zone))]

    def plan(self):
        """Return what the machine has to be told."""
        services = self.services()
        return {
            "ports": {"wan" if zone == "wan" else f"{name}0": name for name, (zone, _number) in PORTS.items()},
            "switches": {
                "switch": {
                    "port": TRUNK,
                    "devices": {name: self.zones[zone].vlan for name, (zone, _number) in BEHIND.items()},
                }
            },
            "addresses": {
                name: [
                    [f"{a}/{net.prefixlen}" for a, net in zip(self.addresses(name), self.networks(zone))],
                    # The internet knows the home by its IPv6 prefixes only.
                    self.routers(zone) if zone != "wan" else self.routers(zone)[1:],
                ]
                for name, (zone, _number) in DEVICES.items()
            },
            "router": [
                each
                for zone in self.zones
                if self.zones[zone].vlan or zone == "wan"
                for each in self._with_length(zone)
            ],
            "rules": RULES,
            "tcp": sorted({port for protocol, port in services if protocol == "tcp"}),
            "udp": sorted({port for protocol, port in services if protocol == "udp"}),
            "isolated": ["bulb0", "camera0"],
        }

    def services(self):
        """Return (protocol, port) of every service that the policy names, and of some that it does not.

        WireGuard's own is left out: it answers nobody without a key, and its tunnels are tried anyway.
        """
        named = [
            each
            for flow in [*self.policy.flows, *self.policy.never]
            for service in flow.services
            for each in service.ports
        ]
        found = {(each.protocol, each.low) for each in named if each.protocol in PROTOCOLS and each.low != WIREGUARD}
        return sorted({*found, ("tcp", 22), ("tcp", 80), ("udp", 53), ("tcp", 8123), ("udp", 123), *UNDECLARED})

    def probes(self):
        """Return [(probe, whether the policy lets it through)]: from every device to every other, and the router."""
        found = []
        for source, (zone, _number) in DEVICES.items():
            for target in DEVICES:
                if DEVICES[target][0] != zone:
                    found += self._between(
                        source, self.addresses(source), zone, self.addresses(target), DEVICES[target][0]
                    )
            found += self._between(source, self.addresses(source), zone, self.routers(zone), packet.ROUTER)
        return found

    def _between(self, source, own, zone, addresses, outbound):
        found = []
        for address in addresses:
            mine = next(each for each in own if (":" in each) == (":" in address))
            if zone == "wan" and outbound != packet.ROUTER and ":" not in address:
                continue  # a private address means nothing out there
            for protocol, port in [*self.services(), (ICMP, 0)]:
                found.append(
                    ([source, address, protocol, port], self.allowed(zone, outbound, mine, address, protocol, port))
                )
        return found

    def allowed(self, zone, outbound, source, destination, protocol, port):
        source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
        if protocol == ICMP:
            number, kind = packet.ECHO_REQUEST[destination.version]
            asked = packet.Packet(zone, outbound, source, destination, number, type=kind)
        else:
            asked = packet.Packet(zone, outbound, source, destination, PROTOCOLS[protocol], port)
        return self.meaning.decide(asked).allowed
