# SPDX-License-Identifier: GPL-3.0-or-later
"""A home with Home Assistant OS, by the playbooks, against stand-ins for Home Assistant and its Supervisor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "haos"))
sys.path.insert(0, str(Path(__file__).parents[2] / ".collections"))

from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue
from device import Device
from supervisor import app

ROOT = Path(__file__).parents[2]
PEOPLE = {"anna": {"password": "correct horse battery", "admin": True}, "ben": {"password": "another long password"}}


class Home:
    """One home with one device, and the runs against it."""

    def __init__(self, folder):
        self.device = Device()
        self.device.home_assistant.people["id-ben"]["mfa"] = []
        self._folder = folder
        self.variables = {
            "hearthwall_home": "flat",
            "hearthwall_ha_url": self.device.url,
            "hearthwall_ha_token": self.device.token,
            "accounts_people": {**PEOPLE, "ben": {**PEOPLE["ben"], "mfa": "exempt"}},
        }
        (folder / "group_vars/flat").mkdir(parents=True)
        groups = {"flat": {"hosts": {"green": {}}}, "haos": {"hosts": {"green": {}}}}
        (folder / "hosts.json").write_text(json.dumps({"all": {"children": groups}}))

    def play(self, playbook, *arguments):
        """Run a playbook; return (exit status, what it said)."""
        (self._folder / "group_vars/flat/home.json").write_text(json.dumps(self.variables))
        command = [ROOT / ".venv/bin/ansible-playbook", "-i", self._folder / "hosts.json", f"playbooks/{playbook}.yml"]
        run = subprocess.run(
            [*command, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
            env={**os.environ, "HEARTHWALL_REPORTS_DIR": str(self._folder / "reports")},
        )  # fmt: skip
        return run.returncode, run.stdout + run.stderr

    def report(self):
        """Return {control: entry} of the newest report."""
        document = json.loads((self._folder / "reports/flat/latest.json").read_text())
        return {entry["id"]: entry for entry in document["controls"]}


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    yield made
    made.device.close()


def test_an_app_without_protection_is_found_and_put_back(home):
    apps = home.device.supervisor.state["apps"]
    apps["core_ssh"] = app("core_ssh", "Terminal", protected=False)
    status, said = home.play("check", "--tags", "apps")
    assert status == 2 and home.report()["HW-APP-01"]["status"] == "fail", said
    assert apps["core_ssh"]["protected"] is False and home.device.supervisor.posted == [], "a dry run writes nothing"
    status, said = home.play("site", "--tags", "apps")
    assert home.report()["HW-APP-01"]["status"] == "pass" and home.report()["HW-APP-01"]["changed"], said
    assert apps["core_ssh"]["protected"] is True


def test_a_declared_app_is_installed_set_and_started(home):
    supervisor = home.device.supervisor
    home.variables["apps_declared"] = {
        "tailscale": {"state": "started", "watchdog": True, "options": {"authkey": "tskey-very-secret"}}
    }
    home.variables["apps_accepted"] = {"tailscale": ["host_network", "NET_ADMIN", "NET_RAW"]}
    status, said = home.play("check", "--tags", "apps", "--diff")
    assert home.report()["HW-APP-05"]["status"] == "fail" and supervisor.posted == [], said
    status, said = home.play("site", "--tags", "apps", "--diff", "-vvv")
    there = supervisor.state["apps"]["a0d7b954_tailscale"]
    assert (there["state"], there["watchdog"]) == ("started", True), said
    assert there["options"] == {"share_homeassistant": "disabled", "authkey": "tskey-very-secret"}, "others stay"
    assert home.report()["HW-APP-05"]["status"] == "pass" and status == 0
    assert "tskey-very-secret" not in said
    supervisor.posted.clear()
    status, said = home.play("site", "--tags", "apps")
    assert supervisor.posted == [] and "changed=0" in said, said


def test_the_cloud_does_what_is_declared(home):
    there = home.device.home_assistant
    there.cloud = {
        "remote_enabled": True, "remote_allow_remote_enable": True, "alexa_enabled": True, "google_enabled": False,
        "cloudhooks": {"a-webhook-nobody-knows": {"cloudhook_url": "https://hooks.nabu.casa/x"}},
    }  # fmt: skip
    there.exposed = {
        "lock.door": {"cloud.alexa": True}, "cover.garage": {"cloud.alexa": True}, "cover.blind": {"cloud.alexa": True},
    }  # fmt: skip
    _status, said = home.play("check", "--tags", "nabu_casa")
    found = home.report()
    assert {found[f"HW-CLOUD-0{number}"]["status"] for number in range(1, 6)} == {"fail"}, said
    assert found["HW-CLOUD-05"]["actual"] == "Alexa has cover.garage, lock.door" and there.cloud["remote_enabled"]
    home.variables["nabu_casa_alexa"] = False
    _status, said = home.play("site", "--tags", "nabu_casa", "-vvv", "--diff")
    assert not there.cloud["remote_enabled"] and not there.cloud["remote_allow_remote_enable"], said
    assert home.report()["HW-CLOUD-02"]["changed"] and home.report()["HW-CLOUD-05"]["status"] == "pass"
    assert "a-webhook-nobody-knows" not in said
    _status, said = home.play("site", "--tags", "nabu_casa")
    assert "changed=0" in said, said


def test_every_control_is_spoken_about(home):
    home.play("check")
    report = home.report()
    catalogue = load_catalogue()
    asked = {
        name
        for name, each in catalogue.items()
        if each["applies_to"] in ("haos", "home_assistant") and each["profile"] != "fortress"
    }
    assert set(report) == asked, "the controls of a Linux host, and those of the Supervisor and its apps"
    unfit = {name for name in asked if catalogue[name].get("haos")}
    assert {name for name in unfit if report[name]["status"] != "not_applicable"} == set()
    silent = {name for name, entry in report.items() if "did not run on this host" in entry["actual"]}
    assert {catalogue[name]["role"] for name in silent} <= {"backup", "exposure", "vetting", "monitoring"}
