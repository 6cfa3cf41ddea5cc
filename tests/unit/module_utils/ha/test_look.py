# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import stat

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.ha import configuration, totp
from ansible_collections.hearthwall.home.plugins.module_utils.host.budget import Budget


def by_username(value):
    return {person["username"]: person for person in value["people"]}


def test_people_and_their_passwords(instance):
    value, unknown = instance.look_at_passwords()
    people = by_username(value)
    assert unknown == {}
    assert value["onboarded"] is True
    assert people["olivia"]["is_owner"] and people["olivia"]["is_admin"] and not people["cleo"]["is_admin"]
    assert people["felix"]["is_admin"] and not people["felix"]["is_owner"]
    assert people["olivia"]["mfa"] == ["totp"] and people["felix"]["mfa"] == []
    assert people["gus"]["password"]["verdict"] == "empty"
    assert people["cleo"]["password"]["verdict"] == "common"
    assert people["olivia"]["password"]["verdict"] == "not_common"
    assert people["olivia"]["password"]["tested"] == people["olivia"]["password"]["of"] > 100


def test_no_secret_leaves(instance):
    text = json.dumps(instance.look_at_passwords())
    auth = instance.storage("auth")["data"]
    secrets = [token[key] for token in auth["refresh_tokens"] for key in ("token", "jwt_key")]
    secrets += [user["password"] for user in instance.storage("auth_provider.homeassistant")["data"]["users"]]
    secrets += list(instance.storage("auth_module.totp")["data"]["users"].values())
    assert secrets
    for secret in secrets:
        assert secret not in text


def test_http_of_both_eras(instance):
    instance.configure("http:\n  trusted_proxies: 10.0.10.1\n  use_x_forwarded_for: true\n  ssl_key: !secret key\n")
    value, _unknown = instance.look()
    if instance.release == "2026.2.3":
        assert value["http"]["store"] == "yaml"
        assert value["http"]["stable"]["ssl_key"] == configuration.HIDDEN
    else:
        assert value["http"]["store"] == "storage"
        assert value["http"]["stable"]["login_attempts_threshold"] == 5
    assert value["http"]["stable"]["trusted_proxies"] == ["10.0.10.1/32"]
    assert value["http"]["pending"] is None


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("auth", ("people", "sessions")),
        ("auth_module.totp", ("mfa",)),
        ("auth_provider.homeassistant", ("passwords",)),
        ("http", ("http",)),
    ],
)
def test_an_unknown_version_is_unknown_not_guessed(instance, key, parts):
    envelope = instance.storage(key)
    envelope["version"] = 99
    instance.write(key, envelope)
    value, unknown = instance.look()
    for part in parts:
        assert "version 99" in unknown[f"home_assistant.{part}"]
    if key == "auth_module.totp":
        assert {person["mfa"] for person in value["people"] if person["mfa"] is not None} == set()


def test_a_store_that_is_cut_short_is_unknown(instance):
    (instance.path / ".storage" / "auth").write_text('{"version": 1, "key"')
    value, unknown = instance.look()
    assert value["people"] is None
    assert "not JSON" in unknown["home_assistant.people"]


def test_an_instance_without_an_owner_is_not_onboarded(instance):
    (instance.path / ".storage" / "auth").unlink()
    (instance.path / ".storage" / "onboarding").unlink()
    value, _unknown = instance.look()
    assert value["onboarded"] is False
    assert value["people"] == []


def test_the_port_is_that_of_the_settings_when_nothing_runs(instance):
    if instance.release == "2026.2.3":
        instance.configure("http:\n  server_port: 8200\n")
    else:
        envelope = instance.storage("http")
        envelope["data"]["stable"]["server_port"] = 8200
        instance.write("http", envelope)
    value, _unknown = instance.look()
    assert (value["running"], value["port"]) == (False, 8200)


def test_verdicts_are_remembered_and_a_new_password_is_tested_anew(instance):
    instance.look_at_passwords()
    value, _unknown = instance.look()
    assert all(person["password"]["cached"] for person in value["people"] if person["username"])
    envelope = instance.storage("auth_provider.homeassistant")
    users = {user["username"]: user for user in envelope["data"]["users"]}
    users["gus"]["password"] = users["olivia"]["password"]
    instance.write("auth_provider.homeassistant", envelope)
    value, _unknown = instance.look()
    assert by_username(value)["gus"]["password"]["verdict"] == "not_tested"


def test_what_the_home_allows_for_passwords_goes_before_what_the_snapshot_would(instance):
    spent = Budget(0)
    value, _unknown = instance.look_at_passwords(budget=spent)
    assert by_username(value)["cleo"]["password"]["verdict"] == "common"
    value, _unknown = instance.look(budget=spent, password_budget=None, state_dir=str(instance.path / "other"))
    assert by_username(value)["cleo"]["password"]["verdict"] == "not_tested"


def test_a_dry_run_writes_nothing(instance):
    value, _unknown = instance.look_at_passwords(check_mode=True)
    assert by_username(value)["cleo"]["password"]["verdict"] == "common"
    assert not (instance.path / "state").exists()


def test_the_cache_is_for_root_alone(instance):
    instance.look_at_passwords()
    state = instance.path / "state"
    assert stat.S_IMODE(os.stat(state).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(state / "passwords.json").st_mode) == 0o600


def test_bans_are_read_without_a_yaml_library(instance):
    (instance.path / "ip_bans.yaml").write_text(
        "\n203.0.113.9:\n  banned_at: '2026-11-01T00:00:00+00:00'\n'2001:db8::9':\n  banned_at: null\n"
    )
    value, _unknown = instance.look()
    assert value["ip_bans"] == ["2001:db8::9", "203.0.113.9"]


def test_an_enrolled_secret_is_known_by_its_fingerprint(instance):
    secret = next(iter(instance.storage("auth_module.totp")["data"]["users"].values()))
    value, _unknown = instance.look()
    assert by_username(value)["olivia"]["mfa_fingerprint"] == totp.fingerprint(secret)
