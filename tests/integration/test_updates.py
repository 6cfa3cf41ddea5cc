# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook update.yml on a real instance: from 2026.2 to the newest release, and back from what goes wrong.

The new release lies ready as a root directory of its own, as a container image would bring it; nothing is fetched.
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent / "home_assistant"))
sys.path.insert(0, str(Path(__file__).parents[2] / "molecule/lab"))

from labkit import images
from labkit.podman import podman
from stage import CONFIG, ROOT, Stage

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
OLD, NEW, BROKEN = images.YAML_ERA, images.NEWEST, "2026.12.1"
RELEASES = "/srv/homeassistant/releases"
STATE = "/var/lib/hearthwall/updates"
BRITTLE = """
from homeassistant.const import MAJOR_VERSION, MINOR_VERSION

async def async_setup(hass, config):
    return (MAJOR_VERSION, MINOR_VERSION) < (2026, 3)
"""


@pytest.fixture(scope="module")
def release():
    """The file system of the newest release, as a container of its own would have it."""
    images.Builder().build(("ha-root",))
    name = f"updates-test-release-{zlib.crc32(str(ROOT).encode()):08x}"
    podman("rm", "--force", "--ignore", name)
    podman("create", "--name", name, images.tag("ha-root"), "true")
    yield podman("mount", name).stdout.strip()
    podman("umount", name)
    podman("rm", "--force", name)


@pytest.fixture(scope="module")
def stage(tmp_path_factory, release):
    ready = ("--volume", f"{release}:{RELEASES}/{NEW}")
    made = Stage("ha-2026-2", tmp_path_factory.mktemp("updates"), "updates", ready)
    made.up()
    yield made
    made.down()


@pytest.fixture(scope="module")
def declared(stage):
    owner, family = stage.people["owner"], stage.people["family"]
    return {
        "hearthwall_ha_admin": {"username": owner["username"], "password": owner["password"]},
        "accounts_people": {
            person["username"]: {"password": person["password"], "admin": True} for person in (owner, family)
        },
        "updates_policy": {"min_age_days": 0, "skip_first_of_month": False},
        "updates_settle_seconds": 5,
        "hearthwall_reports_dir": str(stage.folder / "reports"),
    }


def update(stage, declared, *options, **changes):
    playbook = ROOT / "playbooks/update.yml"
    return stage.play({**declared, **changes}, *options, playbook=playbook, callback="hearthwall.home.report")


def reported(stage):
    report = json.loads((stage.folder / "reports/stage/latest.json").read_text())
    return {entry["id"]: entry for entry in report["controls"]}


def version(stage):
    """Return the release that runs, as it says itself to the owner, who has a second factor by now."""
    return asked(stage, {"type": "get_config"})["version"]


def asked(stage, *commands):
    owner = stage.people["owner"]
    secret = stage.vault()[owner["username"]]["secret"]
    told = stage.attempt(owner["username"], owner["password"], secret, commands)
    assert told["type"] == "create_entry", told
    return told["answers"][-1]["result"]


def kept(stage):
    """Return the hash of everything that must not be lost: accounts, second factors, settings, entities."""
    wanted = "*.yaml .storage/auth_provider.homeassistant .storage/auth_module.totp .storage/person .HA_VERSION"
    return stage.on("sh", "-c", f"cd {CONFIG}; sha256sum {wanted}; find custom_components -name '*.py' | sort").stdout


@pytest.fixture(scope="module")
def hardened(stage, declared):
    """The old release, with second factors, bans and a brittle integration."""
    stage.play(declared).ok()
    settings = {"ip_ban_enabled": True, "login_attempts_threshold": 5, "use_x_frame_options": True}
    stage.play({**declared, "settings": settings}, playbook="http.yml").ok()
    manifest = {"domain": "brittle", "name": "Brittle", "version": "1.0", "documentation": "", "codeowners": []}
    folder = f"{CONFIG}/custom_components/brittle"
    stage.on("sh", "-c", f"mkdir {folder}; cat > {folder}/__init__.py", stdin=BRITTLE)
    stage.on("sh", "-c", f"cat > {folder}/manifest.json", stdin=json.dumps(manifest))
    stage.on("sh", "-c", f"printf 'brittle:\\n' >> {CONFIG}/configuration.yaml; systemctl restart home-assistant")
    stage.wait()
    assert version(stage) == OLD and "brittle" in asked(stage, {"type": "get_config"})["components"]
    return kept(stage)


def test_the_old_release_has_advisories(stage, declared, hardened):
    run = update(stage, declared, "--check", "--diff").ok()
    assert f'"latest": "{NEW}"' in run.text and "+2026.11.0" in run.text
    assert kept(stage) == hardened and version(stage) == OLD
    found = reported(stage)
    assert found["HW-UPD-01"]["status"] == "fail" and "2026.7.0 has all the fixes" in found["HW-UPD-01"]["actual"]
    assert found["HW-UPD-02"]["status"] == "fail" and found["HW-UPD-06"]["status"] == "pass"


def test_the_policy_makes_it_wait(stage, declared, hardened):
    run = update(stage, declared, updates_policy={"min_age_days": 0, "hold": ["core"]}).ok()
    assert "2026.11.0 waits: held by core" in run.text and version(stage) == OLD
    run = update(stage, declared, updates_policy={"min_age_days": 7, "skip_first_of_month": False}).ok()
    assert "2026.11.0 waits: out for 0 of 7 days" in run.text


def test_a_full_disk_stops_it_before_it_begins(stage, declared, hardened):
    stage.on("sh", "-c", f"mkdir -p {STATE}; mount -t tmpfs -o size=1m none {STATE}")
    run = update(stage, declared)
    stage.on("umount", STATE)
    assert run.code != 0 and "Nothing was changed" in run.text and "free are" in run.text
    assert kept(stage) == hardened and version(stage) == OLD


def test_a_core_that_does_not_come_up_is_put_back(stage, declared, hardened):
    package = f"{RELEASES}/{BROKEN}/opt/homeassistant/lib/python3.14/site-packages/homeassistant"
    const = 'MAJOR_VERSION: Final = 2026\nMINOR_VERSION: Final = 12\nPATCH_VERSION: Final = "1"\n'
    stage.on("sh", "-c", f"mkdir -p {package}; cat > {package}/const.py", stdin=const)
    run = update(stage, declared)
    stage.on("rm", "-r", f"{RELEASES}/{BROKEN}")
    assert run.code != 0 and "does not stay up" in run.text and "Everything is as it was" in run.text
    assert kept(stage) == hardened and version(stage) == OLD


def test_an_integration_that_fails_on_the_new_release_brings_the_old_one_back(stage, declared, hardened):
    run = update(stage, declared)
    assert run.code != 0 and "no longer loaded: brittle" in run.text and "Everything is as it was" in run.text
    assert kept(stage) == hardened and version(stage) == OLD
    assert "brittle" in asked(stage, {"type": "get_config"})["components"]


def test_an_update_that_was_cut_short_is_put_back(stage, declared, hardened):
    """As a power cut would leave it: the configuration of the new release under the old one."""
    stop = f"systemctl stop home-assistant; mkdir -p {STATE}/cut; cp -a {CONFIG} {STATE}/cut/config"
    stage.on("sh", "-c", f"{stop}; rm -r {STATE}/cut/config/backups; echo broken > {CONFIG}/configuration.yaml")
    book = {"phase": "switched", "from": OLD, "to": NEW, "drop_in": None, "copied": True, "config_dir": CONFIG}
    book["unit"] = "home-assistant.service"
    stage.on("sh", "-c", f"cat > {STATE}/cut/state.json; systemctl start home-assistant", stdin=json.dumps(book))
    stage.wait()
    update(stage, declared, "--check", updates_policy={"hold": ["core"]})
    assert reported(stage)["HW-UPD-06"]["status"] == "fail"
    run = update(stage, declared, updates_policy={"hold": ["core"]}).ok()
    # Warnings are wrapped to the width of the screen.
    assert "cut short was put back. Everything is as it was" in " ".join(run.text.split())
    assert kept(stage) == hardened and version(stage) == OLD


@pytest.fixture(scope="module")
def updated(stage, declared, hardened):
    stage.on("sed", "-i", "/^brittle:/d", f"{CONFIG}/configuration.yaml")
    stage.on("systemctl", "restart", "home-assistant")
    stage.wait()
    users = stage.storage("auth")["users"]
    return users, update(stage, declared).ok()


def test_the_real_update_keeps_users_second_factors_and_http_settings(stage, declared, updated):
    users, _run = updated
    stage.image = "ha"  # from here on the store tells the settings
    assert version(stage) == NEW
    assert [(user["id"], user["is_active"]) for user in stage.storage("auth")["users"]] == [
        (user["id"], user["is_active"]) for user in users
    ]
    for person in declared["accounts_people"]:
        alone = stage.attempt(person, declared["accounts_people"][person]["password"])
        assert (alone["type"], alone["step"]) == ("form", "mfa")
    http = asked(stage, {"type": "http/config"})
    assert http["pending"] is None and http["active_config_type"] == "stable"
    assert http["stable"]["login_attempts_threshold"] == 5 and http["stable"]["ip_ban_enabled"]


def test_there_is_a_backup_from_before_and_nothing_left_to_do(stage, declared, updated):
    archives = stage.on("sh", "-c", f"ls {CONFIG}/backups/*.tar").stdout.split()
    assert archives
    run = update(stage, declared, "--check").ok()
    assert run.changed == 0
    found = {control: entry["status"] for control, entry in reported(stage).items()}
    assert found["HW-UPD-01"] == found["HW-UPD-02"] == found["HW-UPD-06"] == "pass"
    assert yaml.safe_load(stage.on("cat", f"{CONFIG}/configuration.yaml").stdout.split("script:")[0])


WORN = """
from homeassistant.helpers import issue_registry as ir

async def async_setup(hass, config):
    ir.async_create_issue(
        hass, "worn", "old_api", breaks_in_ha_version="2026.11.0", is_fixable=False,
        severity=ir.IssueSeverity.WARNING, translation_key="old_api",
    )
    return True
"""


def test_what_is_about_to_break_and_a_pending_restart_are_found(stage, declared, updated):
    folder, manifest = f"{CONFIG}/custom_components/worn", {"domain": "worn", "name": "Worn", "version": "1.0"}
    manifest.update(documentation="", codeowners=[])
    stage.on("sh", "-c", f"mkdir {folder}; cat > {folder}/__init__.py", stdin=WORN)
    stage.on("sh", "-c", f"cat > {folder}/manifest.json", stdin=json.dumps(manifest))
    stage.on("sh", "-c", f"printf 'worn:\\n' >> {CONFIG}/configuration.yaml; systemctl restart home-assistant")
    stage.wait()
    stage.on("touch", "/run/reboot-required")
    update(stage, declared)
    found = reported(stage)
    assert found["HW-UPD-05"]["status"] == "fail" and "worn: old_api breaks in" in found["HW-UPD-05"]["actual"]
    assert found["HW-UPD-04"]["status"] == "fail" and "restart of the host" in found["HW-UPD-04"]["actual"]
