# SPDX-License-Identifier: GPL-3.0-or-later
"""A small stage from the lab's images: a bare host to become a front door, an authority, and somebody outside."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import yaml
from containers import ROOT, Hosts, booted, given, images, podman, run, ssh_key

from .authority import Authority

HERE = Path(__file__).resolve().parent
TOOLS = Path(sys.executable).parent

# Not with the lab's prefix: taking the lab away must not take the stage.
NETWORK = "proxy-test"
NET4, NET6 = "10.77.0.0/24", "2001:db8:77::/64"
DOOR, AUTHORITY, OUTSIDE = "10.77.0.10", "10.77.0.20", "10.77.0.30"
HOSTS = {"door": (DOOR, "base"), "authority": (AUTHORITY, "acme"), "outside": (OUTSIDE, "actor")}
NAME, ALIAS = "ha.hearthwall.test", "home.hearthwall.test"
UPSTREAM_PORT = 9123
URL = f"https://{NAME}"
ACCEPT = "-o StrictHostKeyChecking=accept-new"
DIRECTORY = "https://acme.hearthwall.test:14000/dir"


class Stage(Hosts):
    """Three containers on a network of their own; the control machine acts from the network of ``outside``."""

    def __init__(self, folder):
        self.folder = folder
        self.variables = {}

    # -- up and down ------------------------------------------------------------------------------------------

    def up(self):
        self.down()
        images.Builder().build(tuple({image for _address, image in HOSTS.values()}))
        self.key = ssh_key(self.folder / "key")
        podman(
            "network",
            "create",
            "--internal",
            "--disable-dns",
            "--ipv6",
            "--subnet",
            NET4,
            "--gateway",
            "10.77.0.254",
            "--subnet",
            NET6,
            "--gateway",
            "2001:db8:77::fffe",
            NETWORK,
        )
        self._certify()
        for host, (address, image) in HOSTS.items():
            self._start(host, address, image)
        for host in HOSTS:
            booted(self.container(host))
        self._teach_names()
        self.on("door", "mkdir", "-p", "/srv/upstream")
        podman("cp", str(HERE / "upstream.py"), f"{self.container('door')}:/srv/upstream/upstream.py")
        self.upstream("start")

    def down(self):
        podman("rm", "--force", "--ignore", "--time", "0", *(self.container(host) for host in HOSTS), timeout=90)
        podman("network", "rm", "--force", NETWORK, check=False)

    @staticmethod
    def container(host):
        return f"{NETWORK}-{host}"

    def _start(self, host, address, image):
        folder = self.folder / host
        given(folder, authorized=self.key)
        number = address.rpartition(".")[2]
        podman(
            "run",
            "--detach",
            "--systemd=always",
            "--name",
            self.container(host),
            "--hostname",
            host,
            "--network",
            f"{NETWORK}:ip={address},ip=2001:db8:77::{number},interface_name=eth0",
            "--no-hosts",
            "--dns",
            AUTHORITY,
            "--dns-search",
            ".",
            "--cap-add",
            "NET_ADMIN,NET_RAW,SYS_ADMIN",
            "--sysctl=net.ipv4.ip_forward=0",
            "--volume",
            f"{folder}:/etc/hearthwall-lab:ro",
            images.tag(image),
            timeout=90,
        )

    def _certify(self):
        """A private authority for the ACME directory's own HTTPS."""
        folder = self.folder / "authority"
        folder.mkdir()
        _certificate, key = Authority(self.folder, "ca").sign(
            folder, "acme", "subjectAltName=DNS:acme.hearthwall.test\n"
        )
        key.chmod(0o644)

    def _teach_names(self):
        names = {NAME: DOOR, ALIAS: DOOR, "acme.hearthwall.test": AUTHORITY, "deb.hearthwall.test": AUTHORITY}
        for name, address in names.items():
            self.dns("clear-a", host=name)
            self.dns("add-a", host=name, addresses=[address])

    # -- acting -----------------------------------------------------------------------------------------------

    def dns(self, command, **body):
        """Tell the challenge server, which is the DNS of this stage."""
        self.on(
            "outside", "curl", "-sf", "--max-time", "5", "-d", json.dumps(body), f"http://{AUTHORITY}:8055/{command}"
        )

    def upstream(self, action):
        if action == "stop":
            self.on("door", "systemctl", "stop", "upstream.service")
        else:
            self.on("door", "systemctl", "reset-failed", "upstream.service", check=False)
            self.on(
                "door", "systemd-run", "--unit", "upstream", "python3", "/srv/upstream/upstream.py", str(UPSTREAM_PORT)
            )

    def outside(self, *argv, check=True, timeout=60, **options):
        """Run a command of this machine on the network of the stranger outside."""
        pid = podman("inspect", "--format", "{{.State.Pid}}", self.container("outside")).stdout.strip()
        return run("nsenter", "--target", pid, "--net", "--", *argv, check=check, timeout=timeout, **options)

    def client(self, kind):
        return self.outside(sys.executable, str(HERE / "client.py"), kind, DOOR, NAME, timeout=150).stdout

    def curl(self, url, *options, name=NAME, address=DOOR, check=False):
        """Come to the door as a client would; return (status, headers, body)."""
        ports = [part for port in (80, 443) for part in ("--resolve", f"{name}:{port}:{address}")]
        done = self.outside("curl", "-sk", "-i", "--max-time", "20", *ports, *options, url, check=check)
        head, _blank, body = done.stdout.partition("\n\n")
        lines = head.splitlines()
        headers = {}
        for line in lines[1:]:
            key, _colon, value = line.partition(":")
            headers.setdefault(key.lower(), []).append(value.strip())
        return (int(lines[0].split()[1]) if lines else None), headers, body

    def certificate(self, name=NAME, *options):
        """Return the certificate that the door shows, as PEM; empty where it shows none."""
        sni = ("-servername", name) if name else ("-noservername",)
        shown = self.outside("openssl", "s_client", "-connect", f"{DOOR}:443", *sni, *options, check=False, timeout=20)
        start = shown.stdout.find("-----BEGIN CERTIFICATE-----")
        return shown.stdout[start:] if start >= 0 else ""

    def about(self, field, pem=None):
        done = subprocess.run(
            ["openssl", "x509", "-noout", f"-{field}"],
            input=pem or self.certificate(),
            capture_output=True,
            text=True,
            timeout=10,
        )
        return done.stdout.strip()

    def roots(self):
        """Return the authority's root and intermediate of this start."""
        url = f"https://{AUTHORITY}:15000"
        return "".join(self.outside("curl", "-sk", f"{url}/{kind}/0").stdout for kind in ("roots", "intermediates"))

    def sslyze(self, profile):
        """Have what the door offers graded by one of Mozilla's profiles."""
        trust = self.folder / "roots.pem"
        trust.write_text(self.roots())
        asked = ("--sni", NAME, "--certinfo_ca_file", str(trust), "--mozilla_config", profile, f"{DOOR}:443")
        return self.outside(str(TOOLS / "sslyze"), *asked, check=False, timeout=120)

    # -- applying ---------------------------------------------------------------------------------------------

    def acme(self, **more):
        return {
            "directory_url": DIRECTORY,
            "ca": (self.folder / "ca.pem").read_text(),
            "accept_terms": True,
            "email": "owner@hearthwall.test",
            **more,
        }

    def apply(self, *options, timeout=400, **variables):
        """Run the role by ansible-playbook over SSH; return the finished process."""
        inventory = {
            "all": {
                "hosts": {
                    "door": {
                        "ansible_host": DOOR,
                        "ansible_user": "root",
                        "ansible_ssh_private_key_file": str(self.folder / "key"),
                        "ansible_ssh_common_args": f"-o UserKnownHostsFile={self.folder}/known {ACCEPT}"
                        f" -o ControlPath={self.folder}/ssh-%h",
                        "hearthwall_home": "stage",
                        "reverse_proxy_server_name": NAME,
                        "reverse_proxy_upstream": {"address": "127.0.0.1", "port": UPSTREAM_PORT},
                        "reverse_proxy_acme": self.acme(),
                        **self.variables,
                        **variables,
                    }
                },
                "children": {"stage": {"children": {"edge": {"hosts": {"door": None}}}}},
            }
        }
        (self.folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
        environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.default",
        }
        return self.outside(
            str(TOOLS / "ansible-playbook"),
            "-i",
            str(self.folder / "inventory.yml"),
            str(HERE / "apply.yml"),
            *options,
            check=False,
            timeout=timeout,
            cwd=ROOT,
            env=environment,
        )

    def applied(self, *options, **variables):
        done = self.apply(*options, **variables)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return done

    def verdicts(self, done):
        """Return the verdicts that a run printed at its end: {control: verdict}."""
        text = done.stdout.split("VERDICTS>>>", 1)[1].split("<<<VERDICTS", 1)[0]
        return json.loads(text.replace('\\"', '"'))

    def tree(self):
        """Return what a dry run or a failed change must leave as it is."""
        return self.sh("door", (HERE / "tree.sh").read_text()).stdout

    @contextlib.contextmanager
    def unchanged(self):
        before = self.tree()
        yield
        after = self.tree()
        difference = set(before.splitlines()) ^ set(after.splitlines())
        assert not difference, "\n".join(sorted(difference))


def changed(done):
    """Return how many tasks of a run changed something."""
    recap = done.stdout.split("PLAY RECAP", 1)[1]
    return int(recap.split("changed=", 1)[1].split()[0])
