# SPDX-License-Identifier: GPL-3.0-or-later
"""The WireGuard interface: `up` gives it all it needs, `sync` lets peers in and out, `healthy` says whether it works.

Whoever comes or goes disturbs nobody else: the others are not even mentioned to WireGuard. Only where a peer or the
interface itself has changed, `wg syncconf` gets the whole configuration, which keeps the tunnels up as well.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

KNOWN = "/etc/hearthwall/wireguard.json"
SETTINGS = Path("/proc/sys/net")
STARTS_WITHIN = 5
COMPARED = ("AllowedIPs", "PresharedKey")


def wg(*arguments, given=""):
    done = subprocess.run(["wg", *arguments], input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"wg {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def forward(settings, ipv6):
    """Let this host pass on what comes out of the tunnel."""
    (settings / "ipv4/ip_forward").write_text("1")
    if not ipv6:
        return
    # Whoever forwards no longer listens to the router, and so loses his own way out, unless told to listen still.
    for heeds in settings.glob("ipv6/conf/*/accept_ra"):
        if heeds.read_text().strip() == "1":
            heeds.write_text("2")
    (settings / "ipv6/conf/all/forwarding").write_text("1")


def sections(text):
    """Return the interface's settings, and {public key: settings} of the peers."""
    interface, peers, current = {}, [], {}
    for line in text.splitlines():
        name, _equals, value = (part.strip() for part in line.partition("="))
        if line.startswith("["):
            current = interface if line == "[Interface]" else {}
            if current is not interface:
                peers.append(current)
        elif value and not line.startswith("#"):
            current[name] = frozenset(value.replace(" ", "").split(",")) if name == "AllowedIPs" else value
    return interface, {peer["PublicKey"]: {name: peer.get(name) for name in COMPARED} for peer in peers}


def stanza(key, peer):
    lines = ["[Peer]", f"PublicKey = {key}", f"AllowedIPs = {', '.join(sorted(peer['AllowedIPs']))}"]
    return "\n".join(lines + ([f"PresharedKey = {peer['PresharedKey']}"] if peer["PresharedKey"] else [])) + "\n"


class Server:
    def __init__(self, known):
        self._name, self._addresses, self._forwards = known["interface"], known["addresses"], known["forwards"]
        self._filter = known["filter"]
        with open(known["configuration"], encoding="utf-8") as file:
            self._text = file.read()
        with open(known["key"], encoding="ascii") as file:
            self._key = file.read().strip()
        self._interface, self._peers = sections(self._text)

    def up(self):
        end = time.monotonic() + STARTS_WITHIN
        shown = ["wg", "show", self._name]
        while subprocess.run(shown, capture_output=True, check=False).returncode and time.monotonic() < end:
            time.sleep(0.1)
        self._change()
        for address in self._addresses:
            options = ["nodad"] if ":" in address else []
            subprocess.run(["ip", "address", "replace", address, "dev", self._name, *options], check=True)
        subprocess.run(["ip", "link", "set", self._name, "up"], check=True)
        if self._forwards:
            forward(SETTINGS, any(":" in address for address in self._addresses))

    def sync(self):
        subprocess.run(["nft", "-f", self._filter], check=True)
        self._change()

    def _change(self):
        interface, peers = sections(wg("showconf", self._name))
        same = {key for key, peer in peers.items() if self._peers.get(key) == peer}
        gone, new = set(peers) - set(self._peers), set(self._peers) - set(peers)
        port = interface.get("ListenPort") == self._interface["ListenPort"]
        if not port or interface.get("PrivateKey") != self._key or same | gone != set(peers):
            # Through a pipe: no second copy of the key, no command line.
            wg("syncconf", self._name, "/dev/stdin", given=f"{self._text}[Interface]\nPrivateKey = {self._key}\n")
            return
        if gone:
            wg("set", self._name, *(word for key in sorted(gone) for word in ("peer", key, "remove")))
        if new:
            added = "".join(stanza(key, self._peers[key]) for key in sorted(new))
            wg("addconf", self._name, "/dev/stdin", given=added)

    def healthy(self):
        interface, peers = sections(wg("showconf", self._name))
        if interface.get("PrivateKey") != self._key or interface.get("ListenPort") != self._interface["ListenPort"]:
            raise SystemExit(f"{self._name} has another key or port than the configuration")
        if peers != self._peers:
            raise SystemExit(f"{self._name} does not have the peers of the configuration")
        if not subprocess.run(["ip", "link", "show", "up", "dev", self._name], capture_output=True, check=False).stdout:
            raise SystemExit(f"{self._name} is down")


if __name__ == "__main__":
    with open(KNOWN, encoding="utf-8") as opened:
        getattr(Server(json.load(opened)), {"up": "up", "sync": "sync", "healthy": "healthy"}[sys.argv[1]])()
