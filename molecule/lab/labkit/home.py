# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as a whole: bring it up soft, put one host back, take it away."""

import concurrent.futures
import fcntl
import json
import time
from collections.abc import Callable, Iterable

from . import images, keys, paths
from .podman import CLONE, PodmanError, forget_leases, names, of_this_clone, podman
from .progress import say, step
from .table import Host, Network, Table

# SYS_PTRACE: root on a real machine can see which process listens, and the files behind /proc/PID/root.
CAPABILITIES = "NET_ADMIN,NET_RAW,SYS_ADMIN,SYS_PTRACE"
UPNPC = ["timeout", "20", "upnpc", "-u", "http://10.0.20.1:5000/rootDesc.xml"]
UPNP_MAPPING = ["-e", "camera", "-a", "10.0.40.10", "8123", "18123", "TCP"]


class Home:
    def __init__(self, ha_image: str = "ha") -> None:
        self.table = Table()
        self._ha_image = ha_image

    # -- commands -------------------------------------------------------------------------------------------

    def build(self, every: bool = False) -> None:
        names_ = tuple(images.IMAGES) if every else tuple(dict.fromkeys((*images.DEFAULT, self._ha_image)))
        images.Builder().build(names_)

    def up(self) -> None:
        """Start what is missing; leave alone what is there."""
        paths.prepare()
        with self._lock():
            self.build()
            keys.prepare(self.table)
            if {host.container for host in self.table.hosts.values()} & names("containers") - of_this_clone():
                say("another clone's lab stands here: taking it away")
                self._take_away()
            present = names("networks")
            for network in self.table.networks.values():
                if network.podman not in present:
                    self._network(network)
            existing = names("containers")
            missing = [host for host in self.resident() if host.container not in existing]
            with step(f"starting {len(missing)} hosts", every=10):
                self._each(self._start, missing)
                self._each(self._ready, self.resident())
            self._soften({host.name for host in missing})
            self._export()

    def reset(self, hosts: list[str]) -> None:
        """Give hosts their soft beginnings back."""
        with self._lock():
            self.build()
            chosen = [self.table.hosts[name] for name in hosts]
            self._each(self._remove, chosen)
            self._each(self._start, chosen)
            self._each(self._ready, chosen)
            self._soften(set(hosts))
            self._export()

    def restart(self, hosts: list[str]) -> None:
        """A reboot: the file system stays."""
        for name in hosts:
            podman("restart", "--time", "30", self.table.hosts[name].container, timeout=90)
            self._ready(self.table.hosts[name])

    def down(self) -> None:
        with self._lock():
            self._take_away()

    def pid(self, name: str) -> int:
        return int(podman("inspect", "--format", "{{.State.Pid}}", self.table.hosts[name].container).stdout)

    def leave(self, hosts: list[str]) -> None:
        """Take these hosts away."""
        with self._lock():
            self._each(self._remove, [self.table.hosts[name] for name in hosts])

    def resident(self) -> list[Host]:
        """Return the hosts that a lab which is up consists of."""
        return [host for host in self.table.hosts.values() if not host.spare]

    # -- parts ----------------------------------------------------------------------------------------------

    @staticmethod
    def _take_away() -> None:
        gone = names("containers")
        if gone:
            podman("rm", "--force", "--time", "0", *gone, timeout=120)
        nets = names("networks")
        if nets:
            podman("network", "rm", *nets)
        forget_leases()
        say(f"took away {len(gone)} hosts and {len(nets)} networks")

    def _lock(self):
        paths.prepare()
        handle = (paths.STATE / "lab.lock").open("w")
        fcntl.flock(handle, fcntl.LOCK_EX)
        return handle

    @staticmethod
    def _each(action: Callable[[Host], None], hosts: Iterable[Host]) -> None:
        with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(action, hosts))

    @staticmethod
    def _network(network: Network) -> None:
        # Internal: no way out. The bridge's own addresses are moved away from the router's.
        subnet4 = f"--subnet {network.net4} --gateway {network.net4[254]}"
        subnet6 = f"--subnet {network.net6} --gateway {network.net6[0xFFFE]}"
        podman(*f"network create --internal --disable-dns --ipv6 {subnet4} {subnet6} {network.podman}".split())

    def _image(self, host: Host) -> str:
        return images.tag(self._ha_image if host.image == "ha" else host.image)

    def _start(self, host: Host) -> None:
        networks = []
        for network, address4, address6 in self.table.addresses(host):
            interface = network.name if host.name == "router" else "eth0"
            mac = self.table.mac(host, network.name)
            place = f"ip={address4},ip={address6},mac={mac},interface_name={interface}"
            networks += ["--network", f"{network.podman}:{place}"]
        # A new network namespace takes the machine's own forwarding for granted: only the router may.
        sysctl = [f"--sysctl={setting}" for setting in host.sysctl or ("net.ipv4.ip_forward=0",)]
        identity = f"--name {host.container} --hostname {host.name} --cap-add {CAPABILITIES}"
        names_ = f"--no-hosts --dns-search . --dns {self.table.resolver(host)}"
        given = ["--label", f"{CLONE}={paths.REPOSITORY}", "--volume", f"{keys.folder_of(host)}:/etc/hearthwall-lab:ro"]
        given += [f"--device={device}" for device in host.devices]
        given += [f"--tmpfs={folder}" for folder in host.tmpfs]
        options = [*f"{identity} {names_}".split(), *networks, *sysctl, *given]
        podman("run", "--detach", "--systemd=always", *options, self._image(host), timeout=90)

    @staticmethod
    def _remove(host: Host) -> None:
        podman("rm", "--force", "--ignore", "--time", "0", host.container, timeout=60)

    def _ready(self, host: Host) -> None:
        """Up means that systemd has settled, or merely complains about what a container does not have."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            settled = ["exec", host.container, "systemctl", "is-system-running", "--wait"]
            state = podman(*settled, timeout=100, check=False).stdout.strip()
            if state in ("running", "degraded"):
                if state == "degraded":
                    failed = podman("exec", host.container, "systemctl", "--failed", "--plain", "--no-legend").stdout
                    say(f"{host.name}: degraded: {failed.strip()}")
                break
            time.sleep(0.3)
        else:
            raise PodmanError(f"{host.name} has not booted in time")
        if host.name == "ha":
            self._home_assistant_answers(host)

    @staticmethod
    def _home_assistant_answers(host: Host) -> None:
        # /auth/providers says 200 only once the instance is onboarded (/api/onboarding is gone by then).
        patient = "timeout 120 curl -sf -o /dev/null --retry 120 --retry-delay 1 --retry-all-errors --max-time 5"
        podman("exec", host.container, *patient.split(), "http://127.0.0.1:8123/auth/providers", timeout=150)

    def _soften(self, started: set[str]) -> None:
        """The camera opens its own way in, as cameras do."""
        if "router" in started:
            camera = self.table.hosts["camera"].container
            podman("exec", camera, *UPNPC, *UPNP_MAPPING, timeout=30)

    def _export(self) -> None:
        """What tests and roles need to know beyond the table."""
        (paths.STATE / "seed.json").write_text(json.dumps(images.seed_facts(self._ha_image), indent=2))
        acme = self.table.hosts["acme"].container
        patient = "curl -sfk --retry 20 --retry-all-errors --retry-delay 1"
        roots = podman("exec", acme, *patient.split(), "https://127.0.0.1:15000/roots/0", timeout=60).stdout
        (paths.STATE / "acme-root.pem").write_text(roots)
