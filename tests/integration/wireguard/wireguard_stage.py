# SPDX-License-Identifier: GPL-3.0-or-later
"""A home behind a router that nobody manages, with WireGuard on Home Assistant's own host, and a laptop elsewhere.

Home Assistant's page is a stand-in, and so is the site in the internet: both tell their visitor from where he comes.
"""

from __future__ import annotations

import subprocess
import zlib
from pathlib import Path

import yaml
from containers import ROOT, Hosts, ansible_playbook, archive, booted, given, images, podman
from stage import Run

HERE = Path(__file__).resolve().parent
HOSTS = ("router", "ha", "laptop")
NETWORKS = {"outside": ("198.18.116", "2001:db8:e0"), "home": ("10.98.0", "2001:db8:e4")}
ROUTER, HA, LAPTOP = 1, 10, 66
WAN = "198.18.116.1"
HA4, HA6 = "10.98.0.10", "2001:db8:e4::10"
LAPTOP4, LAPTOP6 = "198.18.116.66", "2001:db8:e0::66"
SITE4, SITE6 = "203.0.113.9", "2001:db8:e9::9"
TUNNEL = ["10.98.50.0/24", "fd98:50::/64"]
DOOR, SITE, PORT = 443, 80, 51820
UNIT = "hearthwall-wireguard.service"
# Whom nothing manages needs no service manager.
PLAIN = ("sh", "-c", "/usr/local/lib/hearthwall-lab/boot && exec sleep infinity")
# What a box from the provider does: one port leads in, and its own address is all that the internet sees.
BOX = f"""
table inet box {{
  chain in {{
    type nat hook prerouting priority dstnat;
    iifname "outside" ip daddr {WAN} udp dport {PORT} dnat ip to {HA4}
  }}
  chain through {{
    type filter hook forward priority filter;
    ct state established,related accept
    iifname "outside" ct status dnat accept
    iifname "outside" drop
  }}
  chain out {{
    type nat hook postrouting priority srcnat;
    iifname "home" oifname "outside" meta nfproto ipv4 masquerade
  }}
}}
"""
PATHS = "/etc /usr/local /var/lib/hearthwall /var/lib/dpkg/status"


class Stage(Hosts):
    """Three hosts on two networks, and the controller's folder for them."""

    def __init__(self, folder):
        self.folder = folder
        # Two clones on one machine do not take each other's stage away.
        self.prefix = f"wireguard-test-{zlib.crc32(str(ROOT).encode()):08x}"

    def container(self, host):
        return f"{self.prefix}-{host}"

    def up(self):
        self.down()
        images.Builder().build(("base", "acme"))
        archive(self.folder)
        for name, (net4, net6) in NETWORKS.items():
            subnets = f"--subnet {net4}.0/24 --gateway {net4}.254 --subnet {net6}::/64 --gateway {net6}::fffe"
            podman(*f"network create --internal --disable-dns --ipv6 {subnets} {self.prefix}-{name}".split())
        forward = "--sysctl=net.ipv4.ip_forward=1 --sysctl=net.ipv6.conf.all.forwarding=1"
        self._start("router", {"outside": ROUTER, "home": ROUTER}, forward.split(), PLAIN)
        tunnels = ["--device=/dev/net/tun", "--sysctl=net.ipv4.ip_forward=0"]
        self._start("laptop", {"outside": LAPTOP}, tunnels, PLAIN)
        self._start("ha", {"home": HA}, [*tunnels, "--systemd=always"])
        booted(self.container("ha"))
        self._internet()
        self._serve("ha", DOOR)
        self.sh(
            "laptop",
            "apt-get update -qq && apt-get install -qq -y --no-install-recommends wireguard-tools wireguard-go",
        )
        (self.folder / "password").write_text("of the stage\n")

    def down(self):
        podman("rm", "--force", "--ignore", "--time", "0", *(self.container(host) for host in HOSTS), timeout=90)
        for name in NETWORKS:
            podman("network", "rm", "--force", f"{self.prefix}-{name}", check=False)

    def _start(self, host, places, options, command=()):
        networks, routes = [], ""
        for name, number in places.items():
            net4, net6 = NETWORKS[name]
            networks += [
                "--network",
                f"{self.prefix}-{name}:ip={net4}.{number},ip={net6}::{number},interface_name={name}",
            ]
            if host != "router":
                routes = f"route replace default via {net4}.1\n-6 route replace default via {net6}::1\n"
        folder = self.folder / host
        given(folder, routes=routes)
        own = f"--name {self.container(host)} --hostname {host} --no-hosts --cap-add NET_ADMIN,NET_RAW,SYS_ADMIN"
        kept = f"--volume {folder}:/etc/hearthwall-lab:ro --volume {self.folder / 'archive'}:/srv/archive:ro"
        given_ = [*own.split(), *kept.split(), *networks, *options]
        podman("run", "--detach", *given_, images.tag("base"), *command, timeout=90)

    def _internet(self):
        for each in (f"{SITE4}/32", f"{SITE6}/128"):
            self.on("router", "ip", "address", "add", each, "dev", "lo")
        (self.folder / "box.nft").write_text(BOX)
        podman("cp", str(self.folder / "box.nft"), f"{self.container('router')}:/root/box.nft")
        self.on("router", "nft", "-f", "/root/box.nft")
        self._serve("router", SITE)
        for host in ("ha", "laptop"):
            self.sh(
                host,
                "rm -f /etc/apt/sources.list; echo 'deb [trusted=yes] file:/srv/archive ./'"
                " > /etc/apt/sources.list.d/archive.list",
            )

    def _serve(self, host, port):
        podman("cp", str(HERE / "page_of_visitor.py"), f"{self.container(host)}:/srv/page.py")
        podman("exec", "--detach", self.container(host), "python3", "/srv/page.py", str(port))

    # -- what a test asks the hosts ---------------------------------------------------------------------------

    def tree(self):
        """Return {path: hash} of every file of Home Assistant's host that a change could touch."""
        listed = self.sh("ha", f"find {PATHS} -type f -print0 2>/dev/null | sort -z | xargs -0 sha256sum").stdout
        return {path: digest for digest, path in (line.split(maxsplit=1) for line in listed.splitlines())}

    def seen_from(self, address, port, seconds=5):
        """Return from where a page sees the laptop come; nothing where it is not reached."""
        at = f"[{address}]" if ":" in address else address
        return self.on("laptop", "curl", "-gs", "-m", str(seconds), f"http://{at}:{port}/", check=False).stdout

    def started(self):
        return self.on("ha", "systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", UNIT).stdout

    def handshakes(self):
        """Return how many peers the server has shaken hands with."""
        told = self.on("ha", "wg", "show", "vpn", "latest-handshakes").stdout
        return sum(int(line.split()[1]) > 0 for line in told.splitlines())

    def register(self):
        text = (self.folder / "group_vars/stage/hearthwall_wireguard.yml").read_text()
        return yaml.safe_load(text)["wireguard_register"]

    def kept(self, name):
        """Return the configuration that the vault keeps for a phone."""
        vault, password = self.folder / "group_vars/stage/hearthwall_vault.yml", self.folder / "password"
        argv = [ROOT / ".venv/bin/ansible-vault", "view", "--vault-password-file", password, vault]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
        return yaml.safe_load(done.stdout)["wireguard_keys"][name]["config"]

    # -- the laptop -------------------------------------------------------------------------------------------

    def make_key(self):
        """Make the laptop's key on the laptop; return its public half."""
        return self.sh(
            "laptop", "umask 077; wg genkey > /etc/wireguard/key; wg pubkey < /etc/wireguard/key"
        ).stdout.strip()

    def connect(self, config):
        """Bring the laptop's tunnel up with a configuration as it is."""
        self.disconnect()
        (self.folder / "laptop.conf").write_text(config)
        podman("cp", str(self.folder / "laptop.conf"), f"{self.container('laptop')}:/etc/wireguard/away.conf")
        self.on("laptop", "wg-quick", "up", "away")

    def disconnect(self):
        self.sh("laptop", "wg show away && wg-quick down away", check=False)

    # -- the controller ---------------------------------------------------------------------------------------

    def apply(self, *options, **variables):
        host = {
            "ansible_connection": "containers.podman.podman",
            "ansible_host": self.container("ha"),
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_become": False,
            "hearthwall_home": "stage",
            "exposure_addresses": [HA4, HA6],
            "wireguard_networks": TUNNEL,
            "wireguard_endpoint": WAN,
            **variables,
        }
        groups = {group: {"hosts": {"ha": host}} for group in ("home_assistant", "edge", "wireguard")}
        (self.folder / "inventory.yml").write_text(yaml.safe_dump({"stage": {"children": groups}}))
        given = ("--vault-password-file", self.folder / "password", *options)
        return Run(ansible_playbook(HERE / "apply.yml", self.folder / "inventory.yml", *given))
