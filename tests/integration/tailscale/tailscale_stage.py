# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare host beside a repository of packages: apt, systemd and Ansible are real, Tailscale is a stand-in."""

from __future__ import annotations

import hashlib
import json
import runpy
from email.utils import formatdate
from pathlib import Path

import yaml
from containers import ROOT, Alone, ansible_playbook, booted, images, podman, run
from openpgp import Key

HERE = Path(__file__).resolve().parent
STAND_INS = ROOT / "tests/stand_ins"
FOLDER = "/var/lib/tailscale-stand-in"
PORT = 8900
FILES = {"tailscale": "usr/bin", "tailscaled": "usr/sbin", "tailscaled.service": "usr/lib/systemd/system"}
WAN, HA = "198.18.117.1", "10.97.0.10"
HOME = {
    "exposure_addresses": [HA],
    "exposure_http": {"server_port": 8123},
    "exposure_manage_http": False,
    "exposure_host_firewall": False,
    # Not asked: there is no Home Assistant on this stage.
    "hearthwall_ha_admin": {"username": "olivia", "password": "there is nobody to tell it"},
}
FORWARD = f"""
table ip owner {{
  chain in {{ type nat hook prerouting priority dstnat; iifname "wan" tcp dport 80 dnat to {HA}:8123; }}
}}
"""
OLD_WAY = f"""
ip netns add visitor
ip link add wan type veth peer name eth0 netns visitor
ip address add {WAN}/24 dev wan; ip link set wan up
ip -n visitor address add 198.18.117.9/24 dev eth0; ip -n visitor link set eth0 up
ip address add {HA}/32 dev lo
systemd-run -q --unit page python3 -m http.server 8123
nft -f /root/forward.nft
"""
CONTROL = """\
Package: tailscale
Version: 1.103.0
Architecture: all
Maintainer: Nobody <nobody@example.org>
Depends: python3
Description: A stand-in for Tailscale
"""


class Stage(Alone):
    """The host, and the controller's folder for it."""

    def __init__(self, folder):
        super().__init__("tailscale-test", folder)
        self.key = Key("The repository <test@example.org>")
        self.said = []

    def up(self):
        self.down()
        images.Builder().build(("base",))
        self.start("base", "--hostname", "ha")
        booted(self.name)
        self._serve_packages()
        (self.folder / "kept.asc").write_bytes(self.key.public)

    def _serve_packages(self):
        """Make the package, sign its repository, and serve it on the host's own loopback."""
        root, tree = self.folder / "repository/debian", self.folder / "package"
        for name, place in FILES.items():
            (tree / place).mkdir(parents=True, exist_ok=True)
            (tree / place / name).write_bytes((STAND_INS / name).read_bytes())
            (tree / place / name).chmod(0o644 if name.endswith(".service") else 0o755)
        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN/control").write_text(CONTROL)
        (root / "pool").mkdir(parents=True)
        package = root / "pool/tailscale_1.103.0_all.deb"
        run("dpkg-deb", "--root-owner-group", "--build", str(tree), str(package))
        raw, machine = package.read_bytes(), self.on("dpkg", "--print-architecture").stdout.strip()
        about = f"Filename: pool/{package.name}\nSize: {len(raw)}\nSHA256: {hashlib.sha256(raw).hexdigest()}\n"
        listed = (CONTROL + about).encode()
        index = f"main/binary-{machine}/Packages"
        (root / "dists/trixie" / index).parent.mkdir(parents=True)
        (root / "dists/trixie" / index).write_bytes(listed)
        release = (
            f"Origin: Tailscale\nLabel: Tailscale\nSuite: trixie\nCodename: trixie\nDate: {formatdate(usegmt=True)}\n"
            f"Architectures: {machine}\nComponents: main\n"
            f"SHA256:\n {hashlib.sha256(listed).hexdigest()} {len(listed)} {index}\n"
        ).encode()
        (root / "dists/trixie/Release").write_bytes(release)
        (root / "dists/trixie/Release.gpg").write_text(self.key.sign(release))
        # The lab's own archive is elsewhere.
        self.on("sh", "-c", "rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*")
        podman("cp", str(self.folder / "repository"), f"{self.name}:/srv/repository")
        served = f"systemd-run --unit packages python3 -m http.server --bind 127.0.0.1 -d /srv/repository {PORT}"
        self.on(*served.split())
        self.on("curl", "-s", "--retry", "30", "--retry-all-errors", f"http://127.0.0.1:{PORT}/")

    # -- the host ---------------------------------------------------------------------------------------------

    def tailnet(self, keys, **more):
        """Make the keys that let into the tailnet."""
        state = json.dumps({**self.state(), "keys": keys, **more})
        self.on("sh", "-c", f"mkdir -p -m 700 {FOLDER}; echo '{state}' > {FOLDER}/state.json")

    def state(self):
        said = self.on("cat", f"{FOLDER}/state.json", check=False).stdout
        # What it begins with, as it says itself.
        return json.loads(said) if said else runpy.run_path(str(STAND_INS / "tailscale"))["EMPTY"]

    def open_old_way(self):
        """Forward a port of the home's WAN to Home Assistant, and put a visitor there."""
        (self.folder / "forward.nft").write_text(FORWARD)
        podman("cp", str(self.folder / "forward.nft"), f"{self.name}:/root/forward.nft")
        self.on("sh", "-ec", OLD_WAY)

    def comes_by_the_old_way(self):
        asked = f"ip netns exec visitor curl -s -o /dev/null -m 3 --retry 3 --retry-connrefused http://{WAN}/"
        return self.on(*asked.split(), check=False).returncode == 0

    def tree(self):
        """Return the hash of every file that a change could touch, and since when the daemon runs."""
        script = (
            f"find /etc /var/lib/hearthwall {FOLDER}/state.json /usr/bin/tailscale -type f -print0 2>/dev/null"
            " | sort -z | xargs -0 sha256sum; systemctl show -P ExecMainStartTimestamp tailscaled"
        )
        return self.on("sh", "-c", script).stdout

    # -- the controller ---------------------------------------------------------------------------------------

    def apply(self, *options, **variables):
        """Apply the role alone."""
        return self._play(HERE / "apply.yml", {"tailscale": {"ha": variables}}, options)

    def apply_home(self, *options, **variables):
        """Apply the home as it is applied: this way in, and the closing of others, which a router does.

        One machine is both of the home's hosts; they take turns.
        """
        router = {"exposure_wan_interfaces": ["wan"], "exposure_ways_in": []}
        groups = {
            "tailscale": {"ha": {**variables, **HOME, "exposure_ways_in": []}},
            "home_assistant": {"ha": {}},
            "router": {"gateway": {**HOME, **router}},
        }
        turns = ("--forks", "1", "--tags", "tailscale,exposure")
        return self._play(ROOT / "playbooks/site.yml", groups, (*turns, *options))

    def _play(self, path, groups, options):
        common = {
            **self.connection,
            "hearthwall_home": "stage",
            "tailscale_people": ["anna@example.org"],
            "tailscale_repository_url": f"http://127.0.0.1:{PORT}/{{distribution}}",
            "tailscale_signing_key_fingerprint": self.key.fingerprint,
            "tailscale_signing_key_file": str(self.folder / "kept.asc"),
            "tailscale_policy_file": str(self.folder / "tailnet.hujson"),
            "tailscale_serve": True,
            "tailscale_serve_target": "http://127.0.0.1:8123",
        }
        children = {group: {"hosts": hosts} for group, hosts in groups.items()}
        inventory = {"stage": {"children": children, "vars": common}}
        (self.folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
        told = {"callbacks": "hearthwall.home.report", "HEARTHWALL_REPORTS_DIR": str(self.folder / "reports")}
        result = Run(ansible_playbook(path, self.folder / "inventory.yml", *options, **told))
        self.said.append(result.text)
        return result


class Run:
    """One run of the role."""

    def __init__(self, done):
        self.text, self.code = done.stdout + done.stderr, done.returncode
        told = (
            self.text.partition("VERDICTS>>>")[2].partition("<<<VERDICTS")[0].replace('\\"', '"').replace("\\\\", "\\")
        )
        self.verdicts = json.loads(told) if told else {}

    def ok(self):
        assert self.code == 0, self.text[-5000:]
        return self

    @property
    def changed(self):
        return int(self.text.rpartition("changed=")[2].split()[0])

    def open(self):
        """Return what does not pass, with its reason."""
        right = ("pass", "not_applicable")
        return {c: each["actual"] for c, each in self.verdicts.items() if each["status"] not in right}
