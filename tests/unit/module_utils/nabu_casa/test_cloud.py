# SPDX-License-Identifier: GPL-3.0-or-later
"""Home Assistant Cloud: what is read from its files, what is planned, and in which order it is told."""

from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import CommandFailed, HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa import plan
from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa.declare import declare
from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa.look import look, mark

HOOK = "d3adbeef" * 8
LOOSE = "front-door-bell"
SECRETS = {"id": "id-token-signature", "access": "access-token-text", "refresh": "refresh-token-text"}
WANTED = {
    "remote": False,
    "remote_from_outside": False,
    "alexa": None,
    "google": None,
    "exposed": [],
    "cloudhooks": [],
    "delete_cloudhooks": False,
}
PREFS = {
    "alexa_enabled": True,
    "google_enabled": True,
    "remote_enabled": True,
    "remote_allow_remote_enable": True,
    "google_secure_devices_pin": "4711",
    "cloudhooks": {
        HOOK: {"webhook_id": HOOK, "cloudhook_id": "x", "cloudhook_url": "https://hooks.nabu.casa/gA", "managed": True},
        LOOSE: {"webhook_id": LOOSE, "cloudhook_id": "y", "cloudhook_url": "https://hooks.nabu.casa/gB"},
    },
    "username": "olivia@example.org",
}


def token(claims):
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{part}.{SECRETS['id']}"


def entity(name, assistant=None, shown=None, **more):
    options = {assistant: {"should_expose": shown}} if assistant else {}
    return {"entity_id": name, "options": options, "disabled_by": None, **more}


class Home:
    def __init__(self, path):
        self.path = path
        (path / ".storage").mkdir()
        (path / "configuration.yaml").write_text("default_config:\n")

    def store(self, key, data, version=1):
        envelope = {"version": version, "minor_version": 1, "key": key, "data": data}
        (self.path / ".storage" / key).write_text(json.dumps(envelope))

    def log_in(self, **held):
        (self.path / ".cloud").mkdir(exist_ok=True)
        tokens = {"id_token": token({"email": "olivia@example.org", "custom:sub-exp": "2027-03-01"})}
        tokens.update(access_token=SECRETS["access"], refresh_token=SECRETS["refresh"], **held)
        (self.path / ".cloud/production_auth.json").write_text(json.dumps(tokens))

    def look(self):
        return look(str(self.path))

    def said(self, **wanted):
        cloud, unknown = self.look()
        return {each["id"]: each for each in plan.verdicts({**WANTED, **wanted}, cloud, unknown)}


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    made.log_in()
    made.store("cloud", PREFS)
    made.store(
        "core.config_entries",
        {"entries": [{"domain": "mobile_app", "title": "Olivia's phone", "data": {"webhook_id": HOOK}}]},
    )
    made.store(
        "core.entity_registry",
        {
            "entities": [
                entity("lock.front_door", "cloud.alexa", True),
                entity("lock.cellar", "cloud.alexa", False),
                entity("light.hall", "cloud.alexa", True),
                entity("cover.garage", "cloud.google_assistant", True, original_device_class="garage"),
                entity("cover.blind", "cloud.google_assistant", True, original_device_class="blind"),
                entity("lock.conversation_only", "conversation", True),
            ]
        },
    )
    return made


def test_what_is_seen_is_what_home_assistant_keeps(home):
    cloud, unknown = home.look()
    assert unknown == {} and cloud["account"] == {"logged_in": True, "subscribed_until": "2027-03-01"}
    assert cloud["loaded"] is True and cloud["prefs"]["remote_enabled"] and cloud["prefs"]["google_pin"]
    assert {hook["owner"] for hook in cloud["cloudhooks"]} == {"mobile_app: Olivia's phone", None}
    assert cloud["exposed"] == {"alexa": ["lock.front_door"], "google": ["cover.garage"]}


def test_no_secret_is_carried(home):
    text = json.dumps(home.look())
    for secret in (*SECRETS.values(), HOOK, LOOSE, "4711", "https://hooks.nabu.casa", "olivia@example.org"):
        assert secret not in text


def test_a_home_without_an_account_is_not_judged(home):
    (home.path / ".cloud/production_auth.json").unlink()
    said = home.said()
    assert {each["status"] for each in said.values()} == {"not_applicable"} and len(said) == 5
    assert not plan.Plan(WANTED, home.look()[0])


def test_an_account_that_home_assistant_does_not_load_is_not_judged(home):
    (home.path / "configuration.yaml").write_text("http:\n")
    assert home.said()["HW-CLOUD-01"]["status"] == "not_applicable"
    home.store("core.config_entries", {"entries": [{"domain": "cloud", "data": {}}]})
    assert home.said()["HW-CLOUD-01"]["status"] == "fail"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda home: home.store("cloud", PREFS, version=9),
        lambda home: (home.path / ".cloud/production_auth.json").write_text("{"),
        lambda home: (home.path / ".storage/core.entity_registry").write_text("[]"),
    ],
)
def test_what_cannot_be_read_is_unknown(home, spoil):
    spoil(home)
    cloud, unknown = home.look()
    assert cloud is None and unknown["cloud"]
    assert {each["status"] for each in home.said().values()} == {"unknown"}
    assert plan.verdicts(WANTED, None, {})[0]["status"] == "unknown"


def test_the_soft_account_fails_every_control(home):
    said = home.said()
    assert {each["status"] for each in said.values()} == {"fail"}
    assert "lock.front_door" in said["HW-CLOUD-05"]["actual"] and "cover.garage" in said["HW-CLOUD-05"]["actual"]
    assert mark(LOOSE) in said["HW-CLOUD-03"]["actual"]
    order = plan.Plan(WANTED, home.look()[0])
    assert order.orders() == {
        "preferences": {"remote_allow_remote_enable": False},
        "remote": False,
        "cloudhooks": [],
    }


def test_what_is_declared_passes(home):
    home.store("cloud", {**PREFS, "remote_allow_remote_enable": False})
    declared = {
        "remote": True,
        "alexa": True,
        "google": True,
        "exposed": ["lock.front_door", "cover.garage"],
        "cloudhooks": ["mobile_app: Olivia's phone", mark(LOOSE)],
    }
    assert {each["status"] for each in home.said(**declared).values()} == {"pass"}
    assert not plan.Plan({**WANTED, **declared}, home.look()[0])


def test_cloudhooks_go_only_where_that_is_declared(home):
    cloud, _unknown = home.look()
    wanted = {**WANTED, "cloudhooks": ["mobile_app: Olivia's phone"], "delete_cloudhooks": True}
    order = plan.Plan(wanted, cloud)
    assert order.cloudhooks == [mark(LOOSE)]
    assert len(order.diff(cloud)["before"]["cloudhooks"]) == 2 and len(order.diff(cloud)["after"]["cloudhooks"]) == 1


def test_new_covers_are_shown_by_themselves_where_home_assistant_is_told_so(home):
    home.store("core.entity_registry", {"entities": [entity("cover.gate"), entity("lock.new")]})
    home.store(
        "homeassistant.exposed_entities",
        {
            "assistants": {"cloud.alexa": {"expose_new": True}},
            "exposed_entities": {
                "lock.without_id": {"assistants": {"cloud.google_assistant": {"should_expose": True}}}
            },
        },
    )
    cloud, _unknown = home.look()
    assert cloud["exposed"] == {"alexa": ["cover.gate"], "google": ["lock.without_id"]}
    said = home.said(alexa=True, google=True, exposed=["cover.gate", "lock.without_id"])["HW-CLOUD-05"]
    assert said["status"] == "fail" and "new covers" in said["actual"]


def test_a_filter_in_yaml_is_not_second_guessed(home):
    home.store("core.entity_registry", {"entities": []})
    (home.path / "configuration.yaml").write_text("cloud:\n  alexa:\n    filter:\n      include_domains: [lock]\n")
    assert home.said()["HW-CLOUD-05"]["status"] == "unknown"
    home.store("cloud", {**PREFS, "alexa_enabled": False, "google_enabled": False})
    assert home.said()["HW-CLOUD-05"]["status"] == "pass"


class Cloud:
    """What the commands of the integration do to its preferences, as its source has them."""

    def __init__(self, deaf=()):
        self.prefs, self.said, self.deaf, self.logged_in = json.loads(json.dumps(PREFS)), [], deaf, True

    def call(self, command, **given):
        self.said.append(command)
        if command == "cloud/status":
            return {"logged_in": True, "prefs": self.prefs} if self.logged_in else {"logged_in": False}
        if command in self.deaf:
            return None
        if command == "cloud/update_prefs":
            self.prefs.update(given)
        elif command == "cloud/cloudhook/delete":
            del self.prefs["cloudhooks"][given["webhook_id"]]
        else:
            self.prefs["remote_enabled"] = command.endswith("/connect")
        return None


def test_home_assistant_is_told_and_asked_again():
    cloud = Cloud()
    declare(cloud, {"remote_allow_remote_enable": False}, False, [mark(LOOSE)])
    assert cloud.said == [
        "cloud/status",
        "cloud/update_prefs",
        "cloud/cloudhook/delete",
        "cloud/remote/disconnect",
        "cloud/status",
    ]
    assert list(cloud.prefs["cloudhooks"]) == [HOOK] and not cloud.prefs["remote_enabled"]
    declare(cloud, {}, True, [])
    assert cloud.prefs["remote_enabled"]


def test_what_it_does_not_take_over_is_an_error():
    with pytest.raises(HomeAssistantError, match="remote_enabled"):
        declare(Cloud(deaf=("cloud/remote/disconnect",)), {}, False, [])
    with pytest.raises(HomeAssistantError, match=mark(LOOSE)):
        declare(Cloud(deaf=("cloud/cloudhook/delete",)), {}, None, [mark(LOOSE)])


def test_an_account_that_went_away_and_a_missing_integration_are_named():
    gone = Cloud()
    gone.logged_in = False
    with pytest.raises(HomeAssistantError, match="not logged in"):
        declare(gone, {}, False, [])

    class Missing:
        def call(self, command):
            raise CommandFailed(command, "unknown_command", "Unknown command.")

    with pytest.raises(HomeAssistantError, match="has not loaded"):
        declare(Missing(), {}, False, [])
