# SPDX-License-Identifier: GPL-3.0-or-later
"""The role cloudflare_tunnel on a host with real systemd and nginx. Stand-ins: cloudflared, and Cloudflare's API."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import pytest
import yaml
from containers import Alone, ansible_playbook, archive, booted, images, podman

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "stand_ins"), str(HERE / "home_assistant")]

from cloudflare_api import TOKEN as API_TOKEN  # noqa: E402
from cloudflare_api import CloudflareApi, application  # noqa: E402
from stage import Run  # noqa: E402

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]
ACCOUNT, TUNNEL, NAME = "0a1b2c3d", "6ff42ae2-765d-4adf-8112-31c55c1551ef", "ha.hearthwall.test"
SECRET = base64.b64encode(b"the tunnel's secret, 32 bytes...").decode()
UNIT = "hearthwall-cloudflared.service"
ELSEWHERE = "10.99.0.9"
# A site that says who it thinks its visitor is, as the front door would tell Home Assistant.
SITE = f"server {{ listen 8180; server_name {NAME}; location / {{ return 200 $remote_addr; }} }}\n"
CONTROL = "Package: cloudflared\nVersion: 2026.11.0\nArchitecture: all\nMaintainer: nobody\nDescription: stand-in\n"


def token(secret=SECRET):
    return base64.b64encode(json.dumps({"a": ACCOUNT, "t": TUNNEL, "s": secret}).encode()).decode()


class Door(Alone):
    """One host without any network but its loopback, and Cloudflare's API on the control machine."""

    def __init__(self, folder, api):
        super().__init__("cloudflare-test", folder)
        self.api = api

    def up(self):
        self.down()
        images.Builder().build(("base", "acme"))
        self.start("base")
        booted(self.name)
        self._install()
        self.on("ip", "address", "add", f"{ELSEWHERE}/32", "dev", "lo")
        self.write("/etc/nginx/conf.d/site.conf", SITE)
        self.on("systemctl", "restart", "nginx")
        self.edge([])

    def _install(self):
        podman("cp", str(archive(self.folder)), f"{self.name}:/srv/archive", timeout=120)
        self.write("/etc/apt/sources.list.d/archive.list", "deb [trusted=yes] file:/srv/archive ./\n")
        self.on("rm", "-f", "/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list")
        self.on("apt-get", "update", "-q")
        self.on("apt-get", "install", "-y", "-q", "--no-install-recommends", "nginx")
        self.on("mkdir", "-p", "/srv/deb/DEBIAN", "/srv/deb/usr/bin")
        self.write("/srv/deb/DEBIAN/control", CONTROL)
        self.write("/srv/deb/usr/bin/cloudflared", (HERE.parent / "stand_ins/cloudflared").read_text())
        self.on("chmod", "755", "/srv/deb/usr/bin/cloudflared")
        self.on("sh", "-c", "dpkg-deb --build /srv/deb /srv/cloudflared.deb && dpkg -i /srv/cloudflared.deb")

    def write(self, path, text):
        self.on("sh", "-c", f"mkdir -p $(dirname {path}); cat > {path}", stdin=text)

    def edge(self, rules, secret=SECRET):
        """Let the stand-in's Cloudflare know the tunnel, and its rules."""
        self.write("/srv/edge/edge.json", json.dumps({"secret": secret, "tunnel": TUNNEL, "rules": rules}))

    def visit(self, host=NAME, visitor="203.0.113.7"):
        """Come to the name through the tunnel; return (status, what the site says)."""
        headers = ("-H", f"Host: {host}", "-H", f"X-Visitor: {visitor}")
        done = self.on(
            "curl", "-s", "-m", "10", "-w", " %{http_code}", *headers, "http://127.0.0.1:20999/", check=False
        )
        body, _blank, status = done.stdout.rpartition(" ")
        return int(status or 0), body

    def started(self):
        return self.on("systemctl", "show", "-P", "ExecMainStartTimestampMonotonic", UNIT).stdout.strip()

    def play(self, *options, **variables):
        inventory = self.folder / "inventory.yml"
        host = {**self.connection, "hearthwall_home": "stage"}
        groups = {"edge": {"hosts": {"door": host}}, "cloudflare_tunnel": {"hosts": {"door": {}}}}
        inventory.write_text(yaml.safe_dump({"stage": {"children": groups}}))
        declared = {
            "reverse_proxy_server_name": NAME,
            "cloudflare_tunnel_hostname": NAME,
            "cloudflare_tunnel_service": "http://127.0.0.1:8180",
            "cloudflare_tunnel_token": token(),
            "cloudflare_tunnel_api_token": API_TOKEN,
            "cloudflare_tunnel_api_url": self.api.url,
            "hearthwall_reports_dir": str(self.folder / "reports"),
            **variables,
        }
        (self.folder / "variables.yml").write_text(yaml.safe_dump(declared))
        given = ("-e", f"@{self.folder / 'variables.yml'}", *options)
        return Run(ansible_playbook(HERE / "cloudflare/apply.yml", inventory, *given))


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    api = CloudflareApi(ACCOUNT, TUNNEL)
    made = Door(tmp_path_factory.mktemp("cloudflare"), api)
    try:
        made.up()
        yield made
    finally:
        made.down()
        api.close()


def test_no_tunnel_is_opened_without_access_in_front(door):
    dry = door.play("--check").ok()
    assert {dry.status(f"HW-CF-0{number}") for number in range(1, 6)} == {"fail"} and dry.changed == 2
    assert door.api.config is None and door.on("test", "-e", "/etc/hearthwall", check=False).returncode
    refused = door.play()
    assert refused.code == 2 and "The tunnel stays closed: no Access application covers" in refused.text
    assert door.on("test", "-e", "/etc/hearthwall", check=False).returncode

    door.api.apps = [application(NAME)]
    door.api.fail = [(429, {"Retry-After": "3600"})]
    refused = door.play()
    assert refused.code == 2 and "asked too often" in refused.text


def test_the_tunnel_is_opened_as_declared(door):
    door.edge([{"hostname": NAME, "service": "http://127.0.0.1:8180"}, {"service": "http_status:404"}])
    run = door.play().ok()
    assert {run.status(f"HW-CF-0{number}") for number in range(1, 6)} == {"pass"}
    assert door.visit()[0] == 200
    options = door.on("systemctl", "show", UNIT, "-p", "DynamicUser,NoNewPrivileges,ProtectSystem").stdout
    assert {"DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict"} <= set(options.split())
    at, asked = door.started(), len(door.api.asked)
    again = door.play().ok()
    assert again.changed == 0 and door.started() == at
    assert {method for method, _path in door.api.asked[asked:]} == {"GET"}
    assert door.play("--check").ok().changed == 0


def test_a_visitor_is_who_cloudflare_says_and_nobody_else_can_say_it(door):
    assert door.visit(visitor="198.51.100.77") == (200, "198.51.100.77")
    forged = ("-H", f"Host: {NAME}", "-H", "CF-Connecting-IP: 198.51.100.77")
    come = ("curl", "-s", "-m", "10", "--interface", ELSEWHERE, *forged, f"http://{ELSEWHERE}:8180/")
    assert door.on(*come).stdout == ELSEWHERE


def test_the_tunnel_leads_nowhere_else(door):
    assert door.visit("nas.hearthwall.test")[0] == 404
    door.api.config["ingress"].insert(0, {"hostname": "nas.hearthwall.test", "service": "http://127.0.0.1:22"})
    before = json.dumps(door.api.config)
    dry = door.play("--check", "--diff").ok()
    assert dry.status("HW-CF-03") == "fail" and "nas.hearthwall.test" in dry.verdicts["HW-CF-03"]["actual"]
    assert json.dumps(door.api.config) == before and dry.changed == 1
    run = door.play().ok()
    assert run.status("HW-CF-03") == "pass" and run.verdicts["HW-CF-03"]["changed"] and run.changed == 1
    assert [rule.get("hostname") for rule in door.api.config["ingress"]] == [NAME, None]


def test_what_only_cloudflare_can_tell_is_unknown_without_an_api_token(door):
    run = door.play("--check", cloudflare_tunnel_api_token="").ok()
    assert run.status("HW-CF-03") == run.status("HW-CF-04") == "unknown" and run.changed == 0
    wrong = door.play("--check", cloudflare_tunnel_api_token="another").ok()
    assert wrong.status("HW-CF-04") == "unknown" and "wrong, expired or revoked" in wrong.verdicts["HW-CF-04"]["actual"]


def test_access_that_goes_away_is_found(door):
    door.api.apps = [application(NAME, "bypass", {"everyone": {}})]
    run = door.play().ok()
    assert run.status("HW-CF-04") == "fail" and door.visit()[0] == 200
    door.api.apps = [application(NAME)]


def test_with_a_wrong_token_the_old_tunnel_stays(door):
    refreshed = token(base64.b64encode(b"a secret that is not known there").decode())
    failed = door.play(cloudflare_tunnel_token=refreshed)
    assert failed.code == 2 and "Invalid tunnel secret" in failed.text and refreshed not in failed.text
    assert door.visit()[0] == 200
    assert door.play().ok().changed == 0


def test_no_secret_is_told_of_the_tunnel(door):
    told = door.play("-vvv", "--diff").text + door.play("-vvv", "--check").text
    told += "".join(path.read_text(errors="replace") for path in (door.folder / "reports").rglob("*.*"))
    told += door.on("sh", "-c", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '").stdout
    told += door.on("journalctl", "-u", UNIT, "-o", "cat").stdout
    for secret in (token(), SECRET, API_TOKEN):
        assert secret not in told
    mode = door.on("stat", "-c", "%a %U", "/etc/hearthwall/cloudflared", "/etc/hearthwall/cloudflared/token").stdout
    assert mode.split() == ["700", "root", "600", "root"]


def test_a_tunnel_that_is_managed_here_leads_where_its_file_says(door):
    held = {"AccountTag": ACCOUNT, "TunnelID": TUNNEL, "TunnelSecret": SECRET}
    wanted = {"cloudflare_tunnel_token": "", "cloudflare_tunnel_credentials": held}
    run = door.play(**wanted).ok()
    assert {run.status(f"HW-CF-0{number}") for number in range(1, 6)} == {"pass"}
    assert door.visit()[0] == 200 and door.visit("nas.hearthwall.test")[0] == 404
    assert door.on("test", "-e", "/etc/hearthwall/cloudflared/token", check=False).returncode
    assert door.play(**wanted).ok().changed == 0
