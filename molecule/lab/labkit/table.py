# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of lab.toml as objects: who stands where, and which way out each host takes."""

import ipaddress
from dataclasses import dataclass, field
from functools import cached_property

import tomllib

from . import paths


@dataclass(frozen=True)
class Network:
    name: str
    net4: ipaddress.IPv4Network
    net6: ipaddress.IPv6Network

    @property
    def podman(self) -> str:
        return f"hearthwall-{self.name}"

    def address4(self, number: int) -> str:
        return str(self.net4[number])

    def address6(self, number: int) -> str:
        # 10 is written ::10, so that both families read alike.
        return str(self.net6[int(str(number), 16)])


@dataclass(frozen=True)
class Host:
    name: str
    image: str
    on: dict[str, int]
    managed: bool = False
    sysctl: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    # A spare host stands only when it is asked for by name (reset).
    spare: bool = False
    # Folders of the image that are empty on this host, as after a fresh installation.
    tmpfs: list[str] = field(default_factory=list)

    @property
    def container(self) -> str:
        return f"hearthwall-{self.name}"


class Table:
    def __init__(self) -> None:
        self._raw = tomllib.loads((paths.LAB / "lab.toml").read_text())

    @cached_property
    def networks(self) -> dict[str, Network]:
        return {
            name: Network(name, ipaddress.IPv4Network(net["net4"]), ipaddress.IPv6Network(net["net6"]))
            for name, net in self._raw["networks"].items()
        }

    @cached_property
    def hosts(self) -> dict[str, Host]:
        return {name: Host(name=name, **host) for name, host in self._raw["hosts"].items()}

    def addresses(self, host: Host) -> list[tuple[Network, str, str]]:
        return [
            (net := self.networks[name], net.address4(number), net.address6(number)) for name, number in host.on.items()
        ]

    def mac(self, host: Host, network: str) -> str:
        position = list(self.networks).index(network)
        return f"02:48:57:00:{position:02x}:{host.on[network]:02x}"

    def routes(self, host: Host) -> list[str]:
        """Arguments of `ip route`, one line each. The internet knows the home by its IPv6 prefixes only."""
        router = self.hosts["router"]
        if host.name == "router":
            return []
        if "wan" in host.on:
            gateway = self.networks["wan"].address6(router.on["wan"])
            return [
                f"-6 route replace {net.net6} via {gateway}" for name, net in self.networks.items() if name != "wan"
            ]
        net = self.networks[next(iter(host.on))]
        number = router.on[net.name]
        return [
            f"-4 route replace default via {net.address4(number)}",
            f"-6 route replace default via {net.address6(number)}",
        ]

    def resolver(self, host: Host) -> str:
        if host.name in ("router", "acme"):
            return "127.0.0.1"
        if "wan" in host.on:
            return self.networks["wan"].address4(self.hosts["acme"].on["wan"])
        net = self.networks[next(iter(host.on))]
        return net.address4(self.hosts["router"].on[net.name])
