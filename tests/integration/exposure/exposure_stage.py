# SPDX-License-Identifier: GPL-3.0-or-later
"""A small home from the lab's images: a router in front of a host with a port to protect, and somebody on the internet.

The host's service is a stand-in for Home Assistant; the lab has the real one.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import yaml
from containers import ROOT, Hosts, booted, given, images, podman, run, ssh_key

HERE = Path(__file__).resolve().parent

# Not with the lab's prefix: taking the lab away must not take the stage.
PREFIX = "exposure-test"
NETWORKS = {
    "wan": ("198.18.113", "2001:db8:f0"),
    "trusted": ("10.99.10", "2001:db8:f1"),
    "servers": ("10.99.40", "2001:db8:f4"),
}
ROUTER = {"wan": 1, "trusted": 1, "servers": 1}
HOSTS = {
    "router": ("router", ROUTER),
    "ha": ("base", {"servers": 10}),
    "nas": ("base", {"servers": 20}),
    "laptop": ("actor", {"trusted": 10}),
    "attacker": ("actor", {"wan": 66}),
}
OUTSIDE = "198.18.113.66"
WAN4, HA4, HA6 = "198.18.113.1", "10.99.40.10", "2001:db8:f4::10"
PORT = 8123
NAT_PMP = 5351

RULES = """\
#!/usr/sbin/nft -f
flush ruleset

table inet filter {
	chain input {
		type filter hook input priority filter; policy accept;
	}
	chain forward {
		type filter hook forward priority filter; policy accept;
		jump miniupnpd
		tcp dport 9999 drop comment "a rule of the owner's"
	}
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		jump prerouting_miniupnpd
		iifname "wan" tcp dport { 80, 443, 8443 } dnat ip to 10.99.40.10 comment "web, and an old app"
		iifname "wan" tcp dport 8123 dnat ip to 10.99.40.10:8123 comment "home assistant from everywhere"
		iifname "wan" tcp dport 2222 dnat ip to 10.99.40.20:22 comment "backup of a friend"
	}
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		jump postrouting_miniupnpd
		oifname "wan" meta nfproto ipv4 masquerade
	}
	chain miniupnpd { }
	chain prerouting_miniupnpd { }
	chain postrouting_miniupnpd { }
}
"""
DAEMON = """\
ext_ifname=wan
ext_allow_private_ipv4=yes
ext_ip=8.8.4.4
listening_ip=trusted
listening_ip=servers
http_port=5000
enable_pcp_pmp=yes
enable_upnp=yes
secure_mode=no
lease_file=/var/lib/miniupnpd/upnp.leases
uuid=5f0c3f0e-2b7c-4d7e-9a9a-48570000a001
allow 1024-65535 0.0.0.0/0 1-65535
deny 0-65535 0.0.0.0/0 0-65535
"""

DOCKER = """\
table ip docker {{
  chain prerouting {{ type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local tcp dport {published} dnat to 172.17.0.2:{inside}
  }}
}}
"""


class Stage(Hosts):
    """The containers; the control machine acts from the network of ``laptop``."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.variables = {}

    def up(self):
        self.down()
        images.Builder().build(tuple({image for image, _places in HOSTS.values()}))
        self.key = ssh_key(self.folder / "key")
        for name, (net4, net6) in NETWORKS.items():
            subnets = f"--subnet {net4}.0/24 --gateway {net4}.254 --subnet {net6}::/64 --gateway {net6}::fffe"
            podman(*f"network create --internal --disable-dns --ipv6 {subnets} {PREFIX}-{name}".split())
        for host, (image, places) in HOSTS.items():
            self._start(host, image, places)
        for host in HOSTS:
            booted(self.container(host))
        self._serve()
        self.soften()
        self._write_inventory()

    def down(self):
        podman("rm", "--force", "--ignore", "--time", "0", *(self.container(host) for host in HOSTS), timeout=90)
        for name in NETWORKS:
            podman("network", "rm", "--force", f"{PREFIX}-{name}", check=False)

    @staticmethod
    def container(host):
        return f"{PREFIX}-{host}"

    def _start(self, host, image, places):
        routes = ""
        if host != "router":
            net4, net6 = NETWORKS[next(iter(places))]
            # The internet knows the way to the home's IPv6 prefix only, as it does.
            four = "route replace 10.99.0.0/16" if host == "attacker" else "route replace default"
            routes = f"-6 route replace default via {net6}::1\n"
            routes += "" if host == "attacker" else f"{four} via {net4}.1\n"
        folder = self.folder / host
        given(folder, self.key, routes)
        networks = []
        for name, number in places.items():
            net4, net6 = NETWORKS[name]
            interface = name if host == "router" else "eth0"
            # The same card after every start, so that neighbours need not learn a new one.
            mac = f"02:48:45:{list(NETWORKS).index(name):02x}:00:{number:02x}"
            place = f"ip={net4}.{number},ip={net6}::{number},mac={mac},interface_name={interface}"
            networks += ["--network", f"{PREFIX}-{name}:{place}"]
        forward = (
            ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
            if host == "router"
            else ("net.ipv4.ip_forward=0",)
        )
        podman(
            "run",
            "--detach",
            "--systemd=always",
            "--name",
            self.container(host),
            "--hostname",
            host,
            *networks,
            "--no-hosts",
            "--cap-add",
            "NET_ADMIN,NET_RAW,SYS_ADMIN",
            *(f"--sysctl={each}" for each in forward),
            "--volume",
            f"{folder}:/etc/hearthwall-lab:ro",
            images.tag(image),
            timeout=90,
        )

    def _serve(self):
        for port in (80, 443, 8443, PORT):
            page = ("python3", "-m", "http.server", "--bind", "::", str(port))
            self.on("ha", "systemd-run", "--unit", f"page-{port}", *page)
        for port in (80, 443, 8443, PORT):
            self.answers("ha", "127.0.0.1", port)

    def answers(self, host, address, port):
        """Wait until a page is served."""
        patient = ("--retry", "30", "--retry-all-errors", "--retry-delay", "1", "--max-time", "20")
        self.on(host, "curl", "-s", "-o", "/dev/null", *patient, f"http://{address}:{port}/")

    def restart(self, host):
        """A reboot: the file system stays."""
        podman("restart", "--time", "20", self.container(host), timeout=60)
        booted(self.container(host))
        if host == "ha":
            self._serve()

    # -- the soft router --------------------------------------------------------------------------------------

    def soften(self):
        """Give the router its holes (again): forwards, a UPnP daemon for everybody, and IPv6 wide open."""
        self.sh(
            "router",
            "systemctl stop miniupnpd.service; rm -f /var/lib/miniupnpd/upnp.leases; mkdir -p /var/lib/miniupnpd",
        )
        self.write("router", "/etc/nftables.conf", RULES)
        self.write("router", "/etc/miniupnpd/miniupnpd.conf", DAEMON)
        # Debian's own stop script, which deletes the table `inet filter`, whoever's it is.
        self.write("router", "/etc/default/miniupnpd", "")
        self.sh(
            "router",
            "touch /var/lib/miniupnpd/upnp.leases; systemctl enable -q nftables.service miniupnpd.service;"
            " systemctl restart nftables.service; systemctl restart miniupnpd.service",
        )
        # The restart ran that stop script: the owner's table comes back.
        self.sh("router", "nft -f /etc/nftables.conf")

    def write(self, host, path, text):
        done = subprocess.run(
            ["podman", "exec", "-i", self.container(host), "sh", "-c", f"cat > {path}"],
            input=text,
            text=True,
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def map_by_nat_pmp(self, host, outside, inside):
        """Ask the router for a port, as a camera does: RFC 6886, one datagram."""
        request = struct.pack("!BBHHHI", 0, 2, 0, inside, outside, 3600).hex()
        net4 = NETWORKS[next(iter(HOSTS[host][1]))][0]
        script = (
            "import socket,sys;s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.settimeout(3);"
            f"s.sendto(bytes.fromhex('{request}'),('{net4}.1',{NAT_PMP}));a=s.recv(64);"
            "sys.exit(int.from_bytes(a[2:4],'big'))"
        )
        return self.on(host, "python3", "-c", script, check=False).returncode

    # -- a container on a host, published as Docker publishes it -----------------------------------------------

    def publish_container(self, host, published, inside):
        self.write(host, "/tmp/docker.nft", DOCKER.format(published=published, inside=inside))
        self.sh(
            host,
            f"""set -e
            sysctl -qw net.ipv4.ip_forward=1
            ip link add docker0 type bridge; ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up
            ip netns add box; ip link add veth-box type veth peer name eth0 netns box
            ip link set veth-box master docker0 up
            ip -n box addr add 172.17.0.2/16 dev eth0; ip -n box link set eth0 up; ip -n box link set lo up
            ip -n box route add default via 172.17.0.1
            systemd-run -q --unit box ip netns exec box python3 -m http.server {inside}
            nft -f /tmp/docker.nft; sleep 1""",
        )

    def remove_container(self, host):
        self.sh(
            host,
            "systemctl stop box; nft delete table ip docker; ip netns del box; ip link del docker0;"
            " sysctl -qw net.ipv4.ip_forward=0",
            check=False,
        )

    # -- acting -----------------------------------------------------------------------------------------------

    def reaches(self, host, address, port, seconds=2):
        """Return whether a host gets an answer from a web page there."""
        literal = f"[{address}]" if ":" in address else address
        done = self.on(
            host, "curl", "-gs", "-o", "/dev/null", "--max-time", str(seconds), f"http://{literal}:{port}/", check=False
        )
        return done.returncode == 0

    def ruleset(self, host="router"):
        return json.loads(self.on(host, "nft", "-j", "list", "ruleset").stdout)

    # -- Ansible ----------------------------------------------------------------------------------------------

    def _write_inventory(self):
        known = []
        addresses = {"router": "10.99.10.1", "ha": HA4, "attacker": OUTSIDE}
        for host, address in addresses.items():
            public = " ".join((self.folder / host / "ssh_host_ed25519_key.pub").read_text().split()[:2])
            known.append(f"{address} {public}\n")
        (self.folder / "known_hosts").write_text("".join(known))
        self.inventory = {
            "all": {
                "children": {
                    "stage": {
                        "children": {
                            "home_assistant": {"hosts": {"ha": {"ansible_host": HA4}}},
                            "edge": {"hosts": {"ha": None}},
                            "router": {"hosts": {"router": {"ansible_host": addresses["router"]}}},
                        },
                        "vars": {"hearthwall_home": "stage"},
                    },
                    "reached": {
                        "hosts": {"ha": None, "router": None, "attacker": {"ansible_host": OUTSIDE}},
                        "vars": {
                            "ansible_user": "root",
                            "ansible_python_interpreter": "/usr/bin/python3",
                            "ansible_ssh_private_key_file": str(self.folder / "key"),
                            "ansible_ssh_common_args": "-o IdentitiesOnly=yes"
                            f" -o UserKnownHostsFile={self.folder}/known_hosts"
                            f" -o ControlPath={self.folder}/ssh-%h -o ConnectTimeout=5",
                            "exposure_manage_http": False,
                            "exposure_http": {"server_port": PORT},
                            "exposure_wan_interfaces": ["wan"],
                            "exposure_management": ["10.99.10.0/24"],
                            "exposure_vantage": "attacker",
                        },
                    },
                }
            }
        }
        (self.folder / "inventory.yml").write_text(yaml.safe_dump(self.inventory))

    def apply(self, *arguments, variables=None, check=True, timeout=200):
        """Run the role over the stage; return what it said."""
        given = {**self.variables, **(variables or {})}
        pid = podman("inspect", "--format", "{{.State.Pid}}", self.container("laptop")).stdout.strip()
        environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.default",
            "ANSIBLE_NOCOLOR": "1",
        }
        done = run(
            "nsenter",
            "--target",
            pid,
            "--net",
            "--",
            str(Path(sys.executable).parent / "ansible-playbook"),
            "-i",
            str(self.folder / "inventory.yml"),
            str(HERE / "apply.yml"),
            "-e",
            json.dumps(given),
            *arguments,
            check=False,
            timeout=timeout,
            cwd=ROOT,
            env=environment,
        )
        result = Result(done)
        assert not check or done.returncode == 0, result.text[-6000:]
        return result


class Result:
    """What one run said."""

    def __init__(self, done):
        self.rc, self.text = done.returncode, done.stdout + done.stderr
        self.out = done.stdout

    def changed(self):
        lines = [line for line in self.out.split("PLAY RECAP", 1)[-1].splitlines() if "changed=" in line]
        assert lines, self.text[-4000:]
        return sum(int(line.split("changed=")[1].split()[0]) for line in lines)

    def verdicts(self):
        """Return {host: {control: verdict}} of the run."""
        found = {}
        for part in self.out.split("VERDICTS>>>")[1:]:
            text = part.split("<<<VERDICTS")[0].replace('\\"', '"').replace("\\\\", "\\")
            found.update(json.loads(text))
        return found
