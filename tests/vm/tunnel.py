# SPDX-License-Identifier: GPL-3.0-or-later
"""The role wireguard on the machine: its files, two phones, and what each of them may come to."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml
from ansible_collections.hearthwall.home.plugins.module_utils.policy import packet
from ansible_collections.hearthwall.home.plugins.module_utils.wireguard import configuration, register
from ansible_collections.hearthwall.home.plugins.plugin_utils.wireguard import keys

RENDER = Path(__file__).with_name("render.yml")
PORT, HTTPS, DNS = 51820, 443, 53
ZONE = "vpn"
# The server makes its key once it is up; its public half is put in there.
SERVER_KEY = "SERVER"
NUMBERS = {"phone": 2, "other": 3}


class Tunnel:
    def __init__(self, home, scratch):
        self._home, self._scratch = home, scratch
        self.networks = [str(each) for each in home.networks(ZONE)]
        self.addresses = {name: register.addresses(number, self.networks) for name, number in NUMBERS.items()}
        self._server = register.addresses(register.SERVER, self.networks)
        self._private = {name: keys.private_key() for name in NUMBERS}
        self._preshared = {"phone": keys.preshared_key()}

    def write(self, tree):
        """Lay the role's files into a tree, rendered by Ansible."""
        dns = {"name": "names", "addresses": self._server, "ports": [DNS]}
        ha = {"name": "Home Assistant", "addresses": self._home.addresses("ha"), "protocol": "tcp", "ports": [HTTPS]}
        plan = {
            "implementation": "kernel",
            "networks": self.networks,
            "addresses": [f"{own}/{net.rpartition('/')[2]}" for own, net in zip(self._server, self.networks)],
            "peers": self._peers(NUMBERS),
            "reach": [ha, {**dns, "protocol": "udp"}, {**dns, "protocol": "tcp"}],
            "router": True,
            # Both sets of rules hold here: the policy's, and those of a server in a home without one.
            "policy": False,
        }
        given = self._scratch / "wireguard.yml"
        given.write_text(yaml.safe_dump({"wireguard_networks": self.networks, "__wireguard": {"plan": plan}}))
        command = ["ansible-playbook", "-e", f"tree={tree}", "-e", f"given={given}", str(RENDER)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def _peers(self, names):
        return [
            {
                "name": name,
                "public_key": keys.public_key(self._private[name]),
                "addresses": self.addresses[name],
                "allowed": register.own(self.addresses[name]),
                "tunnel": "split",
            }
            for name in names
        ]

    def plan(self, probes):
        """Return what the machine has to be told."""
        return {
            "one": configuration.server(PORT, self._peers(["phone"]), self._preshared),
            "both": configuration.server(PORT, self._peers(NUMBERS), self._preshared),
            "devices": {name: self._device(name) for name in NUMBERS},
            "probes": probes,
            "home": [self._home.addresses("ha")[0], "tcp", HTTPS],
            "ping": self._server[0],
            "victim": self.addresses["phone"][0],
        }

    def _device(self, name):
        endpoint = f"{self._home.routers('wan')[0]}:{PORT}"
        allowed = register.own([*self._server, *self._home.addresses("ha")])
        own = register.own(self.addresses[name])
        return configuration.device(
            self._private[name], own, self._server, 0, SERVER_KEY, endpoint, allowed, 25, self._preshared.get(name)
        )

    def probes(self, devices):
        """Return [(probe, whether it may pass)] of a phone that sends whatever it likes to everything in the home.

        It has to be let through twice: by the policy, and by the tunnel's own rules.
        """
        found = []
        own = self.addresses["phone"]
        for zone, addresses in devices:
            for address in addresses:
                mine = next(each for each in own if (":" in each) == (":" in address))
                for protocol, port in [*self._home.services(), ("icmp", 0)]:
                    meant = self._home.allowed(ZONE, zone, mine, address, protocol, port)
                    found.append(
                        (["phone", address, protocol, port], meant and self._reached(zone, address, protocol, port))
                    )
        return found

    def _reached(self, zone, address, protocol, port):
        if zone == packet.ROUTER:
            return protocol == "icmp" or (address in self._server and port == DNS)
        return address in self._home.addresses("ha") and (protocol, port) == ("tcp", HTTPS)
