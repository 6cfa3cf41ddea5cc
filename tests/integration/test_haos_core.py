# SPDX-License-Identifier: GPL-3.0-or-later
"""Home Assistant OS with a real Home Assistant in front, its own `supervisor/api` and all, and a stand-in behind it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent / "home_assistant"))
sys.path.insert(0, str(Path(__file__).parents[1] / "stand_ins"))
sys.path.insert(0, str(Path(__file__).parents[1] / "haos"))

from containers import podman
from stage import CONFIG, ROOT, Stage
from supervisor import TOKEN

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
PORT = 8989
DROP_IN = f"[Service]\nEnvironment=SUPERVISOR=127.0.0.1:{PORT} SUPERVISOR_TOKEN={TOKEN}\n"


class Device(Stage):
    """A real Home Assistant that finds a Supervisor at the address that its environment names."""

    def up(self):
        super().up()
        for file in ("haos/supervisor.py", "stand_ins/loopback.py"):
            podman("cp", str(ROOT / "tests" / file), f"{self.name}:/srv/")
        folder = "/etc/systemd/system/home-assistant.service.d"
        self.on("mkdir", "-p", folder)
        self.on("tee", f"{folder}/supervisor.conf", stdin=DROP_IN)
        self.on("systemd-run", "--unit", "supervisor", "/usr/bin/python3", "/srv/supervisor.py", str(PORT))
        found = podman("inspect", "--format", "{{.State.Pid}}", self.name)
        self._process = str(getattr(found, "stdout", found)).strip()
        # Home Assistant speaks to a Supervisor only where it finds an interface for its multicast names.
        for command in (
            "link add lan0 type veth peer name lan1",
            "addr add 192.0.2.10/24 dev lan0",
            "link set lan1 up",
            "link set lan0 up",
            "route add default dev lan0",
        ):
            assert self.within("ip", *command.split()).returncode == 0, command
        self.on("systemctl", "daemon-reload")
        self.on("systemctl", "restart", "home-assistant")
        time.sleep(1)
        self.wait()

    def within(self, *command, **options):
        """Run a command of this machine in the device's network."""
        return subprocess.run(["nsenter", f"--net=/proc/{self._process}/ns/net", *command], check=False, **options)

    def asked(self, path):
        """Ask the Supervisor itself, as Home Assistant would."""
        command = ["curl", "-s", "-m", "10", "-H", f"Authorization: Bearer {TOKEN}", f"http://127.0.0.1:{PORT}{path}"]
        return json.loads(self.on(*command).stdout)["data"]

    def run(self, playbook, variables, *options):
        """Run one of the playbooks as the control machine: in the device's network, which is its own loopback alone."""
        inventory = self.folder / "inventory"
        (inventory / "group_vars/flat").mkdir(parents=True, exist_ok=True)
        hosts = {"flat": {"hosts": {"green": {}}}, "haos": {"hosts": {"green": {}}}}
        (inventory / "hosts.yml").write_text(yaml.safe_dump({"all": {"children": hosts}}))
        given = {"hearthwall_home": "flat", "hearthwall_ha_url": f"http://127.0.0.1:{self.port()}", **variables}
        (inventory / "group_vars/flat/home.yml").write_text(yaml.safe_dump(given))
        command = [
            ROOT / ".venv/bin/ansible-playbook",
            "-i",
            inventory / "hosts.yml",
            f"playbooks/{playbook}.yml",
            *options,
        ]
        command += ["--vault-password-file", self.folder / "vault-password"]
        told = {**os.environ, "HEARTHWALL_REPORTS_DIR": str(self.folder / "reports")}
        done = self.within(*command, cwd=ROOT, env=told, capture_output=True, text=True, timeout=400)
        document = json.loads((self.folder / "reports/flat/latest.json").read_text())
        return done.stdout + done.stderr, {entry["id"]: entry for entry in document["controls"]}


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    made = Device("ha", tmp_path_factory.mktemp("haos"), "haos")
    made.up()
    yield made
    made.down()


@pytest.fixture(scope="module")
def variables(device):
    owner, family = device.people["owner"], device.people["family"]
    return {
        "hearthwall_ha_admin": {"username": owner["username"], "password": owner["password"]},
        "accounts_people": {
            owner["username"]: {"password": owner["password"], "admin": True},
            family["username"]: {"password": family["password"], "admin": True},
        },
        "accounts_unlisted": "deactivate",
    }


@pytest.fixture(scope="module")
def dry_run(device, variables):
    def people_and_settings():
        auth = device.storage("auth")
        mine = {user["id"] for user in auth["users"] if not user["system_generated"]}
        sessions = {token["id"] for token in auth["refresh_tokens"] if token["user_id"] in mine}
        return [user for user in auth["users"] if user["id"] in mine], sessions, device.storage("http")

    before = people_and_settings()
    said, report = device.run("check", variables)
    # Whom the look logged in as is logged out again; Home Assistant writes that down a second later.
    device.until(lambda: people_and_settings() == before, 20)
    return said, report


def test_the_real_core_passes_the_supervisors_words_on(dry_run):
    said, report = dry_run
    assert report["HW-SUP-01"]["status"] == "pass", said
    assert {report[f"HW-APP-0{number}"]["status"] for number in range(1, 7)} == {"pass"}


def test_the_dry_run_finds_what_is_soft(dry_run):
    _said, report = dry_run
    assert {report[control]["status"] for control in ("HW-HTTP-01", "HW-ACC-08", "HW-BAK-01")} == {"fail"}
    assert report["HW-MFA-01"]["status"] in ("fail", "unknown")


@pytest.fixture(scope="module")
def applied(device, variables, dry_run):
    return device.run("site", variables, "--tags", "accounts,exposure,apps")


def test_people_are_enrolled_and_strangers_contained(device, variables, applied):
    said, report = applied
    for role in ("owner", "family"):
        known = device.people[role]
        assert device.attempt(known["username"], known["password"])["step"] == "mfa", said
    assert {user["name"] for user in device.storage("auth")["users"] if not user["is_active"]} >= {"Gus", "Cleo"}
    assert report["HW-ACC-08"]["status"] == "pass"


def test_the_http_settings_were_tried_and_promoted(device, applied):
    said, report = applied
    kept = device.storage("http")
    assert kept["stable"]["login_attempts_threshold"] == 5 and kept["pending"] is None, said
    assert report["HW-HTTP-01"]["status"] == "pass" and report["HW-HTTP-01"]["changed"]


def test_a_second_apply_changes_nothing(device, variables, applied):
    before = device.started()
    said, _report = device.run("site", variables, "--tags", "accounts,exposure,apps")
    assert "changed=0" in said, said
    assert device.started() == before


def test_a_token_of_somebody_else_names_the_variable(device, variables, applied):
    said, _report = device.run("check", {**variables, "hearthwall_ha_admin": None, "hearthwall_ha_token": "a.b.c"})
    assert "hearthwall_ha_token of green is not accepted" in " ".join(said.split())
    assert CONFIG not in said
