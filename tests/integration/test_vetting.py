# SPDX-License-Identifier: GPL-3.0-or-later
"""The role vetting on a real instance, told in order: seen through, moved aside, tampered with, put back."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent / "home_assistant"))

from stage import CONFIG, ROOT, Stage

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
CUSTOM = f"{CONFIG}/custom_components"
GARDEN = f"{CUSTOM}/garden_lights/__init__.py"
DROP_IN = "/etc/systemd/system/home-assistant.service.d/test.conf"


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    made = Stage("ha", tmp_path_factory.mktemp("vetting"), "vetting")
    made.up()
    yield made
    made.down()


@pytest.fixture(scope="module")
def declared(stage):
    owner = stage.people["owner"]
    lab = yaml.safe_load((ROOT / "inventory/lab/group_vars/lab/vetted.yml").read_text())
    return {
        **lab,
        "hearthwall_ha_admin": {"username": owner["username"], "password": owner["password"]},
        "vetting_quarantine": ["changed", "shadowing", "unmaintained"],
        "hearthwall_reports_dir": str(stage.folder / "reports"),
    }


def play(stage, declared, *options, **changes):
    return stage.play({**declared, **changes}, *options, playbook="vetting.yml")


def vet(stage, declared, *options, **changes):
    return stage.play({**declared, **changes}, *options, playbook=ROOT / "playbooks/vet.yml")


def loaded(stage):
    """Return the custom integrations that Home Assistant has loaded, as it says itself."""
    owner = stage.people["owner"]
    wish = {"type": "get_config"}
    answer = stage.attempt(owner["username"], owner["password"], then=[wish])["answers"][0]["result"]
    return {"doorbell_plus", "garden_lights"} & set(answer["components"])


def code(stage):
    files = f"find {CUSTOM} /var/lib/hearthwall/quarantine -not -path '*__pycache__*' -type f 2>/dev/null"
    return stage.on("sh", "-c", f"{files} | sort | xargs sha256sum").stdout


@pytest.fixture(scope="module")
def dry_run(stage, declared):
    before = code(stage)
    run = play(stage, declared, "--check", "--diff").ok()
    assert code(stage) == before
    return run


def test_the_soft_home_is_seen_through(dry_run):
    failing = {control: found["actual"] for control, found in dry_run.verdicts.items() if found["status"] == "fail"}
    assert "workday 0.0.1 is not listed" in failing["HW-VET-01"]
    assert "doorbell_plus 1.4.2 is not what olivia approved" in failing["HW-VET-02"]
    assert "workday 0.0.1 takes the place of a core integration" in failing["HW-VET-04"]
    # Archived, as HACS wrote down; or without a change for years, once the marketplace has taken that over.
    assert "pool_pump 0.3.0: " in failing["HW-VET-07"]
    assert "doorbell_plus/telemetry.py:7 hides text" in failing["HW-VET-09"]
    assert "workday" in failing["HW-VET-06"]
    assert {dry_run.status(f"HW-VET-{number}") for number in ("03", "05", "08", "10")} == {"pass"}
    assert dry_run.changed == 1


def test_a_proposal_is_written_and_approves_nothing(stage, declared, dry_run):
    run = vet(stage, declared).ok()
    text = (stage.folder / "reports/stage/vetted.proposed.ha.yml").read_text()
    proposed = yaml.safe_load(text)["vetting_approved"]["integrations"]
    assert set(proposed) == {"doorbell_plus", "workday"} and proposed["workday"]["approved_by"] == "(your name)"
    assert "# doorbell_plus/telemetry.py:7 hides text" in text and "hides text" in run.text
    refused = vet(stage, declared, vetting_approved={"integrations": proposed})
    assert refused.code != 0 and "Who approves says where it comes from" in refused.text


@pytest.fixture(scope="module")
def applied(stage, declared, dry_run):
    assert loaded(stage) == {"doorbell_plus", "garden_lights"}
    return play(stage, declared).ok()


def test_what_is_declared_is_out_of_reach_and_all_controls_pass(stage, declared, applied):
    assert {c: found["actual"] for c, found in applied.verdicts.items() if found["status"] != "pass"} == {}
    assert applied.verdicts["HW-VET-02"]["changed"] and applied.verdicts["HW-VET-01"]["changed"]
    assert loaded(stage) == {"garden_lights"}
    assert stage.on("ls", CUSTOM).stdout.split() == ["garden_lights"]
    assert play(stage, declared).ok().changed == 0


def test_caches_and_line_endings_do_not_count(stage, declared, applied):
    assert "__pycache__" in stage.on("ls", f"{CUSTOM}/garden_lights").stdout
    stage.on("sh", "-c", f"rm -r {CUSTOM}/garden_lights/__pycache__; touch {GARDEN}; sed -i 's/$/\\r/' {GARDEN}")
    run = play(stage, declared, "--check").ok()
    assert run.status("HW-VET-02") == "pass" and run.changed == 0
    stage.on("sed", "-i", r"s/\r$//", GARDEN)


def test_one_changed_byte_is_found(stage, declared, applied):
    stage.on("sed", "-i", 's/"off")/"ofg")/', GARDEN)
    run = play(stage, declared, "--check", "--diff").ok()
    found = run.verdicts["HW-VET-02"]
    assert found["status"] == "fail" and "garden_lights 2.0.1 (__init__.py)" in found["actual"]
    # The approved copy on the host lets the change be shown as a change.
    assert '-    hass.states.async_set("garden_lights.path", "off")' in run.text
    assert run.status("HW-VET-09") == "pass"


def test_a_quarantine_that_home_assistant_does_not_survive_is_put_back(stage, declared, applied):
    before = code(stage)
    conf = f"[Service]\nExecStartPre=test -e {GARDEN.replace(CONFIG, '/config')}\n"
    stage.on("sh", "-c", f"mkdir -p {DROP_IN.rsplit('/', 1)[0]}; cat > {DROP_IN}; systemctl daemon-reload", stdin=conf)
    run = play(stage, declared)
    assert run.code != 0 and "Everything is back in its place, and Home Assistant runs" in run.text
    assert code(stage) == before and loaded(stage) == {"garden_lights"}
    stage.on("sh", "-c", f"rm {DROP_IN}; systemctl daemon-reload")


def test_an_update_waits_for_approval(stage, declared, applied):
    stage.on("sed", "-i", "s/2.0.1/2.0.2/", f"{CUSTOM}/garden_lights/manifest.json")
    run = play(stage, declared).ok()
    assert run.status("HW-VET-03") == "fail" and run.status("HW-VET-02") == "pass"
    assert "garden_lights is 2.0.2, approved is 2.0.1" in run.verdicts["HW-VET-03"]["actual"]
    assert loaded(stage) == {"garden_lights"}


def test_what_was_moved_aside_comes_back_by_command(stage, declared, applied):
    vet(stage, declared, restore=["doorbell_plus"]).ok()
    assert "doorbell_plus" in loaded(stage)
    assert stage.on("test", "-e", f"{CUSTOM}/doorbell_plus/telemetry.py", check=False).returncode == 0
    unknown = vet(stage, declared, restore=["nothing_like_it"])
    assert unknown.code != 0 and "There is no nothing_like_it in quarantine" in unknown.text


# Home Assistant itself refuses to load releases before 1.0.4 (homeassistant/loader.py, BLOCKED_CUSTOM_INTEGRATIONS).
BLOCKED = {"domain": "dreame_vacuum", "name": "Dreame", "version": "1.0.3", "documentation": "", "codeowners": []}
RESOURCES = {"items": [{"id": "1", "type": "module", "url": "https://cdn.example.org/card.js"}]}


def test_what_is_blocked_hidden_or_loaded_from_elsewhere_is_found(stage, declared, applied):
    controls = ("HW-VET-05", "HW-VET-08", "HW-VET-10")
    kept = {"version": 1, "minor_version": 1, "key": "lovelace_resources", "data": RESOURCES}
    folder, resources = f"{CUSTOM}/dreame_vacuum", f"{CONFIG}/.storage/lovelace_resources"
    stage.on("sh", "-c", f"mkdir {folder}; touch {folder}/__init__.py; cat > {folder}/manifest.json",
             stdin=json.dumps(BLOCKED))  # fmt: skip
    stage.on("sh", "-c", f"test ! -e {resources} || cp -p {resources} /tmp/resources; cat > {resources}",
             stdin=json.dumps(kept))  # fmt: skip
    stage.on("touch", f"{CUSTOM}/garden_lights/helper.pyc")
    run = play(stage, declared, "--check").ok()
    assert {control: run.status(control) for control in controls} == dict.fromkeys(controls, "fail"), run.verdicts
    stage.on("rm", "-r", folder, resources, f"{CUSTOM}/garden_lights/helper.pyc")
    stage.on("sh", "-c", f"test ! -e /tmp/resources || mv /tmp/resources {resources}")
    run = play(stage, declared, "--check").ok()
    assert {control: run.status(control) for control in controls} == dict.fromkeys(controls, "pass"), run.verdicts
