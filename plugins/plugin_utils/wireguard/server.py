# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the description means for one server: who may come, with which address, and how far."""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.wireguard import register
from ansible_collections.hearthwall.home.plugins.plugin_utils.exposure.home import Home
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import read

VPN = "vpn"
SPLIT, FULL = "split", "full"
EVERYTHING = ("0.0.0.0/0", "::/0")
DNS, HTTPS = 53, 443


class Server:
    """One WireGuard server of a home, as its description has it."""

    def __init__(self, task_vars, options, known=None):
        """``known`` {host: [address]}: what earlier runs have learned, for hosts that this run does not look at."""
        self.options = options
        self._known = known or {}
        self.host = task_vars["inventory_hostname"]
        self.home = Home(task_vars, {"ways_in": None, "http": {}})
        groups = set(self.home.members.get(self.host, ()))
        self.is_router = "router" in groups

    @property
    def has_policy(self):
        """Return whether the home's policy has a zone for the tunnel, so that it decides how far devices come."""
        policy = read(self.home.hostvars, self.host, "hearthwall_policy") or {}
        return self.is_router and any(zone.get("kind") == VPN for zone in (policy.get("zones") or {}).values())

    @property
    def addresses(self):
        """Return the server's own addresses in the tunnel."""
        return register.addresses(register.SERVER, self.options["networks"])

    def doors(self):
        """Return {host: ports} that lead to Home Assistant: the proxies, or where there are none itself."""
        doors = {}
        for host in self.home.group("edge"):
            port = read(self.home.hostvars, host, "reverse_proxy_https_port")
            doors[host] = [HTTPS if port is None else int(port)]
        return doors or {host: self.home.own_ports(host) for host in self.home.group("home_assistant")}

    def addresses_of(self, host):
        """Return the addresses of a host; as an earlier run saw them where this one has not looked."""
        if host in self._known and not self.home.snapshot_of(host):
            return self._known[host]
        found = [each for each in self.home.addresses_of(host) if not ipaddress.ip_address(each).is_loopback]
        # A server on Home Assistant's own host has those of the tunnel as well, once there is one: never to be learned.
        return [each for each in found if each not in self.addresses]

    def learned(self):
        """Return {host: [address]} for later runs."""
        return {host: self.addresses_of(host) for host in self.doors()}

    def reach(self):
        """Return what peers of a split tunnel may come to: [{"name", "addresses", "protocol", "ports"}]."""
        if self.options["reach"] is not None:
            return [{"protocol": "tcp", **each} for each in self.options["reach"]]
        found = []
        for host, ports in self.doors().items():
            own = self.addresses if host == self.host else []
            addresses = list(dict.fromkeys([*own, *self.addresses_of(host)]))
            found.append({"name": "Home Assistant", "addresses": addresses, "protocol": "tcp", "ports": ports})
        return [each for each in found if each["ports"]]

    def dns(self):
        """Return the servers of names that the devices are told: the router's, unless declared."""
        if self.options["dns"] is not None:
            return self.options["dns"]
        if self.is_router:
            return self.addresses
        return [address for router in self.home.group("router") for address in self.home.addresses_of(router)][:1]

    def routes(self, tunnel):
        """Return what a device sends through the tunnel."""
        if tunnel == FULL:
            return list(EVERYTHING)
        wanted = [*self.addresses, *self.dns(), *(address for each in self.reach() for address in each["addresses"])]
        return register.own(dict.fromkeys(wanted))

    def plan(self, peers, settled):
        """Return the plan without any secret: what the templates and the controls need."""
        listed = []
        for name, entry in settled["peers"].items():
            addresses = register.addresses(entry["number"], self.options["networks"])
            listed.append(
                {
                    "name": name,
                    "public_key": entry["public_key"],
                    "addresses": addresses,
                    "allowed": register.own(addresses),
                    "tunnel": peers[name]["tunnel"],
                    "preshared": peers[name]["preshared"],
                }
            )
        dns = {"name": "names", "addresses": self.dns()}
        return {
            "interface": self.options["interface"],
            "port": self.options["port"],
            "networks": self.options["networks"],
            "addresses": [
                f"{address}/{ipaddress.ip_network(network).prefixlen}"
                for address, network in zip(self.addresses, self.options["networks"])
            ],
            "peers": sorted(listed, key=lambda peer: settled["peers"][peer["name"]]["number"]),
            "retired": [{"name": entry["name"], "public_key": entry["public_key"]} for entry in settled["retired"]],
            "reach": self.reach()
            + [{**dns, "protocol": protocol, "ports": [DNS]} for protocol in ("udp", "tcp") if dns["addresses"]],
            "router": self.is_router,
            "policy": self.has_policy,
        }
