# SPDX-License-Identifier: GPL-3.0-or-later
"""The role nabu_casa on a real instance with its own integration cloud; the login is a file: there is no cloud here.

Home Assistant reads of its login what the token claims and verifies nothing: commands and preferences are all its own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "home_assistant"))

from stage import CONFIG, Stage

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
HOOKS = ("c0ffee" * 10, "5eaf00d5" * 8)
TOKENS = {"id_token": "", "access_token": "access-of-the-cloud-8f2c", "refresh_token": "refresh-of-the-cloud-91ab"}
SIGNATURE = "signature-of-the-cloud-77d0"


def claims(**held):
    part = base64.urlsafe_b64encode(json.dumps(held).encode()).decode().rstrip("=")
    return f"e30.{part}.{SIGNATURE}"


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    made = Stage("ha", tmp_path_factory.mktemp("cloud"), "cloud")
    made.up()
    yield made
    made.down()


@pytest.fixture(scope="module")
def declared(stage):
    owner = stage.people["owner"]
    return {
        "hearthwall_ha_admin": {"username": owner["username"], "password": owner["password"]},
        "hearthwall_reports_dir": str(stage.folder / "reports"),
    }


def play(stage, declared, *options, **changes):
    return stage.play({**declared, **changes}, *options, playbook="nabu_casa.yml")


def preferences(stage):
    return stage.storage("cloud")


def status(stage):
    owner = stage.people["owner"]
    answers = stage.attempt(owner["username"], owner["password"], then=[{"type": "cloud/status"}])["answers"]
    return answers[0].get("result") or {}


def write(stage, path, content):
    stage.on("sh", "-c", f"mkdir -p $(dirname {path}); cat > {path}; chown -R 900:900 $(dirname {path})", stdin=content)


def test_a_home_without_an_account_is_not_judged(stage, declared):
    run = play(stage, declared, "--check").ok()
    assert {run.status(f"HW-CLOUD-0{number}") for number in range(1, 6)} == {"not_applicable"} and run.changed == 0


@pytest.fixture(scope="module")
def account(stage):
    """Log the instance in, as far as it can tell, with the preferences of somebody who clicked through everything."""
    hooks = {
        hook: {"webhook_id": hook, "cloudhook_id": hook[:6], "cloudhook_url": f"https://hooks.nabu.casa/{hook[:6]}"}
        for hook in HOOKS
    }
    prefs = {"alexa_enabled": True, "google_enabled": True, "remote_enabled": True, "remote_allow_remote_enable": True}
    prefs.update(alexa_settings_version=4, google_settings_version=4, google_connected=False, cloud_user=None)
    prefs.update(cloudhooks=hooks, username="olivia@example.org", alexa_entity_configs={}, google_entity_configs={})
    envelope = {"version": 1, "minor_version": 4, "key": "cloud", "data": prefs}
    token = claims(email="olivia@example.org", exp=1, **{"custom:sub-exp": "2099-01-01", "cognito:username": "olivia"})
    stage.on("systemctl", "stop", "home-assistant")
    # Its HTTP client resolves names by multicast too, which needs an interface that has it.
    stage.on("ip", "link", "add", "net0", "type", "veth", "peer", "name", "net1")
    stage.on("ip", "address", "add", "192.0.2.10/24", "dev", "net0")
    for interface in ("net0", "net1"):
        stage.on("ip", "link", "set", interface, "up")
    stage.on("ip", "route", "add", "224.0.0.0/4", "dev", "net0")
    write(stage, f"{CONFIG}/.cloud/production_auth.json", json.dumps({**TOKENS, "id_token": token}))
    write(stage, f"{CONFIG}/.storage/cloud", json.dumps(envelope))
    stage.on("sh", "-c", f"printf '\\ncloud:\\n' >> {CONFIG}/configuration.yaml")
    stage.on("systemctl", "start", "home-assistant")
    stage.wait()
    stage.until(lambda: status(stage).get("logged_in"))
    return stage


def test_the_preferences_are_set_as_declared(account, declared):
    before = preferences(account)
    dry = play(account, declared, "--check", "--diff").ok()
    assert preferences(account) == before and dry.changed == 1
    assert [dry.status(f"HW-CLOUD-0{number}") for number in range(1, 5)] == ["fail"] * 4
    assert '"remote_allow_remote_enable": true' in dry.text and '"remote_allow_remote_enable": false' in dry.text

    run = play(account, declared, nabu_casa_alexa=False, nabu_casa_google=False).ok()
    told = status(account)["prefs"]
    assert not any(told[each] for each in ("remote_enabled", "remote_allow_remote_enable", "alexa_enabled"))
    assert [run.status(f"HW-CLOUD-0{number}") for number in (1, 2, 4, 5)] == ["pass"] * 4
    assert run.verdicts["HW-CLOUD-01"]["changed"] and not run.verdicts["HW-CLOUD-03"]["changed"]
    again = play(account, declared, nabu_casa_alexa=False, nabu_casa_google=False).ok()
    assert again.changed == 0 and again.status("HW-CLOUD-02") == "pass"


def test_remote_access_stays_on_where_that_is_declared(account, declared):
    wanted = {"nabu_casa_remote": True, "nabu_casa_alexa": False, "nabu_casa_google": False}
    run = play(account, declared, **wanted).ok()
    told = status(account)["prefs"]
    assert told["remote_enabled"] and not told["remote_allow_remote_enable"] and run.changed == 1
    assert play(account, declared, **wanted).ok().changed == 0


def test_cloudhooks_are_listed_and_deleted_only_where_that_is_declared(account, declared):
    marks = [hashlib.sha256(hook.encode()).hexdigest()[:12] for hook in HOOKS]
    listed = play(account, declared, "--check").ok().verdicts["HW-CLOUD-03"]
    assert listed["status"] == "fail" and all(each in listed["actual"] for each in marks)
    assert set(preferences(account)["cloudhooks"]) == set(HOOKS)
    run = play(account, declared, nabu_casa_cloudhooks=marks[:1], nabu_casa_delete_cloudhooks=True).ok()
    assert run.status("HW-CLOUD-03") == "pass" and list(preferences(account)["cloudhooks"]) == [HOOKS[0]]


def test_what_opens_the_home_is_found_where_an_assistant_is_shown_it(account, declared):
    show = {"type": "homeassistant/expose_entity", "assistants": ["cloud.alexa"], "entity_ids": ["lock.front_door"]}
    owner = account.people["owner"]
    account.attempt(owner["username"], owner["password"], then=[{**show, "should_expose": True}])
    # Home Assistant writes this list ten seconds after it changed, and at once when it stops.
    account.on("systemctl", "restart", "home-assistant")
    account.wait()
    account.until(lambda: status(account).get("logged_in"))
    on = {"nabu_casa_alexa": True, "nabu_casa_google": False}
    found = play(account, declared, **on).ok().verdicts["HW-CLOUD-05"]
    assert found["status"] == "fail" and "lock.front_door" in found["actual"]
    assert play(account, declared, nabu_casa_exposed=["lock.front_door"], **on).ok().status("HW-CLOUD-05") == "pass"


def test_no_secret_is_told_and_files_answer_where_home_assistant_does_not(account, declared):
    account.on("systemctl", "stop", "home-assistant")
    dry = play(account, declared, "--check", "-vvv").ok()
    assert dry.status("HW-CLOUD-02") == "pass"
    for secret in (*HOOKS, SIGNATURE, *filter(None, TOKENS.values()), account.people["owner"]["password"]):
        assert secret not in dry.text
    refused = play(account, declared, nabu_casa_remote_from_outside=True)
    assert refused.code != 0 and "Home Assistant is not running" in refused.text
