# SPDX-License-Identifier: GPL-3.0-or-later
"""A home with Home Assistant OS, by the playbooks, against stand-ins for Home Assistant and its Supervisor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "stand_ins"))
sys.path.insert(0, str(Path(__file__).parents[1] / "haos"))
sys.path.insert(0, str(Path(__file__).parents[2] / ".collections"))

from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue
from device import Device
from home_assistant import person
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
        (folder / "vault-password").write_text("a password for tests\n")
        self._groups = ["flat", "haos"]
        self.put_into()

    def put_into(self, *groups):
        """Put the device into more groups."""
        self._groups += groups
        children = {group: {"hosts": {"green": {}}} for group in self._groups}
        (self._folder / "hosts.json").write_text(json.dumps({"all": {"children": children}}))

    def play(self, playbook, *arguments):
        """Run a playbook; return (exit status, what it said)."""
        (self._folder / "group_vars/flat/home.json").write_text(json.dumps(self.variables))
        command = [ROOT / ".venv/bin/ansible-playbook", "-i", self._folder / "hosts.json", f"playbooks/{playbook}.yml"]
        command += ["--vault-password-file", self._folder / "vault-password", *arguments]
        told = {**os.environ, "HEARTHWALL_REPORTS_DIR": str(self._folder / "reports")}
        run = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, timeout=300, check=False)
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


def test_an_app_and_a_device_that_are_not_to_be_trusted_are_found(home):
    state = home.device.supervisor.state
    risky = {"docker_api": True, "rating": 1, "detached": True, "network": {"22/tcp": 22}}
    state["apps"]["local_ssh"] = app("local_ssh", "My SSH", **risky)
    state["resolution"]["unhealthy"].append("docker")
    state["resolution"]["issues"].append({"uuid": "1", "type": "free_space", "context": "system", "reference": None})
    found = ("HW-APP-02", "HW-APP-03", "HW-APP-04", "HW-APP-06", "HW-SUP-01", "HW-SUP-02")
    _status, said = home.play("check", "--tags", "apps")
    assert {control: home.report()[control]["status"] for control in found} == dict.fromkeys(found, "fail"), said
    del state["apps"]["local_ssh"]
    state["resolution"].update(unhealthy=[], issues=[])
    _status, said = home.play("check", "--tags", "apps")
    assert {control: home.report()[control]["status"] for control in found} == dict.fromkeys(found, "pass"), said


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
    assert silent == set()


def test_a_soft_home_is_mended_and_a_second_apply_changes_nothing(home):
    home_assistant, supervisor = home.device.home_assistant, home.device.supervisor
    home_assistant.http["stable"]["login_attempts_threshold"] = -1
    home_assistant.people["id-cleo"] = person("Cleo", "guest", mfa=[])
    home_assistant.sessions["id-cleo"] = []
    supervisor.state["supervisor"]["auto_update"] = False
    supervisor.state["security"]["pwned"] = False
    home.variables.update(accounts_unlisted="local_only", backup_agents=["cloud.cloud"], monitoring_webhook_id="w" * 32)
    mended = ("HW-HTTP-01", "HW-ACC-08", "HW-BAK-01", "HW-BAK-02", "HW-BAK-04", "HW-BAK-08", "HW-SUP-03", "HW-SUP-04")
    mended += ("HW-ALERT-07",)

    home.play("check")
    assert {home.report()[control]["status"] for control in mended} == {"fail"}
    assert supervisor.posted == [] and home_assistant.restarts == 0 and home_assistant.backups == []

    status, said = home.play("site")
    found = {control: home.report()[control]["status"] for control in mended}
    assert set(found.values()) == {"pass"}, (found, said)
    assert home_assistant.http["stable"]["login_attempts_threshold"] == 5
    assert home_assistant.people["id-cleo"]["local_only"]
    assert home_assistant.backups[0]["agents"]["cloud.cloud"]["protected"]

    before = (home_assistant.restarts, len(home_assistant.backups), len(supervisor.posted))
    status, said = home.play("site")
    assert (home_assistant.restarts, len(home_assistant.backups), len(supervisor.posted)) == before
    assert "changed=0" in said, said
    assert [session["id"] for session in home_assistant.sessions["id-ben"]] == ["phone"], "no session is left behind"


def test_everything_due_is_updated_in_order(home):
    state = home.device.supervisor.state
    state["core"].update(version_latest="2026.12.2", update_available=True)
    state["apps"]["core_mosquitto"].update(version_latest="1.1.0", update_available=True)
    home.device.home_assistant.backup["create_backup"].update(password="kept", agent_ids=["hassio.local"])
    home.variables.update(backup_archive_password="kept", updates_settle_seconds=0)
    home.variables["updates_policy"] = {"min_age_days": 0, "skip_first_of_month": False}
    status, said = home.play("update", "--check", "--diff")
    assert status == 0 and home.device.supervisor.posted == [] and "+core/homeassistant: 2026.12.2" in said, said
    status, said = home.play("update")
    assert status == 0, said
    assert [path for path, _data in home.device.supervisor.posted] == [
        "/core/update",
        "/store/addons/core_mosquitto/update",
    ]
    assert home.device.home_assistant.version == "2026.12.2" and state["apps"]["core_mosquitto"]["version"] == "1.1.0"


# What goes wrong, each with the variable and the next command.


def test_a_token_that_is_refused_names_the_variable_and_the_next_command(home):
    home.variables["hearthwall_ha_token"] = "e30.e30.c2ln"
    status, said = home.play("check")
    assert status == 2 and "hearthwall_ha_token of green is not accepted" in " ".join(said.split())
    assert "check.yml --limit green" in said and "e30.e30.c2ln" not in said


def test_a_token_without_admin_rights_says_so(home):
    home.device.home_assistant.people["id-anna"].update(is_owner=False, group_ids=["system-users"])
    status, said = home.play("check")
    assert status == 2 and "is no administrator" in said and "hearthwall_ha_token" in said


def test_a_device_that_is_off_is_unreachable(home):
    home.variables["hearthwall_ha_url"] = "http://127.0.0.1:9"
    status, said = home.play("check")
    assert status == 4 and "hearthwall_ha_url" in said and "check.yml --limit green" in said


def test_a_home_assistant_without_supervisor_is_sent_to_the_other_group(home):
    home.device.home_assistant.unknown_commands = {"supervisor/api"}
    status, said = home.play("check")
    assert status == 2 and "it is no Home Assistant OS" in " ".join(said.split())


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ((401, "401: Unauthorized"), "ha host reboot"),
        ((403, "403: Forbidden"), "forbids"),
        ((404, "404: Not Found"), "ha supervisor update"),
        ((500, "500 Internal Server Error"), "ha supervisor repair"),
    ],
)
def test_a_supervisor_that_fails_leaves_unknowns_with_the_next_command(home, failure, words):
    home.device.supervisor.failing = {path: failure for path in ("/addons", "/resolution/info", "/security/info")}
    home.play("check", "--tags", "apps")
    report = home.report()
    for control in ("HW-APP-01", "HW-SUP-01", "HW-SUP-03"):
        assert report[control]["status"] == "unknown" and words in report[control]["actual"]


@pytest.mark.parametrize("failure", [(403, "403: Forbidden"), (500, "500 Internal Server Error")])
def test_a_change_that_the_supervisor_refuses_fails_with_its_words(home, failure):
    home.device.supervisor.state["apps"]["core_ssh"] = app("core_ssh", "Terminal", protected=False)
    home.device.supervisor.failing = {"/addons/core_ssh/security": failure}
    status, said = home.play("site", "--tags", "apps")
    assert status == 2 and "/addons/core_ssh/security" in said and "ha supervisor logs" in said


def test_a_host_in_another_group_too_is_refused_before_anything(home):
    home.put_into("edge")
    status, said = home.play("site")
    assert status == 2 and "nothing can be run on Home Assistant OS" in " ".join(said.split())
    assert home.device.supervisor.asked == []
