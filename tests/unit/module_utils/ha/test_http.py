# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
import yaml
from ansible_collections.hearthwall.home.plugins.module_utils.ha import (
    front_door,
    http_plan,
    http_settings,
    http_yaml,
    trial,
)

STABLE = {
    "server_port": 8123,
    "cors_allowed_origins": ["https://cast.home-assistant.io"],
    "login_attempts_threshold": -1,
    "ip_ban_enabled": True,
    "ssl_profile": "intermediate_v6",
    "use_x_frame_options": True,
}
HARD = {
    "login_attempts_threshold": 5,
    "use_x_forwarded_for": True,
    "trusted_proxies": ["10.0.10.1"],
    "cors_allowed_origins": [],
}


def ha(stable=None, pending=None, bans=(), store="storage"):
    http = {"store": store, "stable": stable or dict(STABLE), "pending": pending, "revert_at": None}
    return {"http": http, "ip_bans": list(bans), "address": "10.0.40.10", "port": 8123}


def found(settings, state):
    return {verdict["id"]: verdict for verdict in http_plan.verdicts(settings, state, {})}


# Merging: the whole configuration is replaced, so nothing may get lost.


def test_merge_keeps_what_is_not_named():
    merged = http_settings.merge(STABLE, HARD)
    assert merged == {**STABLE, **HARD, "trusted_proxies": ["10.0.10.1/32"]}


def test_merge_takes_a_key_away():
    merged = http_settings.merge({**STABLE, "server_host": ["127.0.0.1"]}, {"server_host": None})
    assert "server_host" not in merged


def test_metadata_is_not_sent_back():
    merged = http_settings.merge({**STABLE, "created_at": "x", "error": None, "error_message": None}, {})
    assert set(merged) == set(STABLE)


@pytest.mark.parametrize(
    ("wanted", "present"),
    [
        ({"trusted_proxies": "10.0.10.1"}, {"trusted_proxies": ["10.0.10.1/32"], "use_x_forwarded_for": True}),
        ({"trusted_proxies": ["b::1", "10.0.10.1"]}, {"trusted_proxies": ["10.0.10.1/32", "b::1/128"]}),
        ({"login_attempts_threshold": "5"}, {"login_attempts_threshold": 5}),
        ({"use_x_forwarded_for": False, "trusted_proxies": []}, {}),
        ({"server_port": 8123, "ip_ban_enabled": True}, {}),
        ({"server_host": None}, {}),
    ],
)
def test_the_same_said_otherwise_is_no_difference(wanted, present):
    assert http_settings.differing(present, wanted) == {}


@pytest.mark.parametrize(
    ("version", "store"),
    [("2026.7.4", "yaml"), ("2026.8.0", "storage"), ("2026.11.0b1", "storage"), ("2027.1.0", "storage"), (None, None)],
)
def test_where_a_release_keeps_them(version, store):
    assert http_settings.stored_by(version) == store


# The plan and the verdicts.


def test_a_soft_instance_fails_and_a_hard_one_passes():
    soft, hard = found(HARD, ha()), found(HARD, ha(http_settings.merge(STABLE, HARD)))
    failing = {control for control, verdict in soft.items() if verdict["status"] == "fail"}
    assert failing == {"HW-HTTP-01", "HW-HTTP-02", "HW-HTTP-04"}
    assert {verdict["status"] for verdict in hard.values()} == {"pass", "not_applicable"}
    plan = http_plan.HttpPlan(HARD, ha())
    assert plan and plan.mended() == failing
    assert not http_plan.HttpPlan(HARD, ha(http_settings.merge(STABLE, HARD)))


def test_the_ban_switch_alone_bans_nobody():
    assert found({}, ha())["HW-HTTP-01"]["actual"] == "never bans"
    off = ha({**STABLE, "login_attempts_threshold": 5, "ip_ban_enabled": False})
    assert found({}, off)["HW-HTTP-01"]["status"] == "fail"


def test_a_wide_proxy_fails_even_where_declared():
    wide = {"use_x_forwarded_for": True, "trusted_proxies": ["10.0.0.0/24"]}
    verdict = found(wide, ha(http_settings.merge(STABLE, wide)))["HW-HTTP-02"]
    assert verdict["status"] == "fail" and "more than one host" in verdict["actual"]


def test_settings_on_trial_are_lost_and_said_so():
    pending = {**http_settings.merge(STABLE, HARD), "created_at": "x", "error": None}
    state = ha(pending=pending)
    assert found(HARD, state)["HW-HTTP-06"]["status"] == "fail"
    assert http_plan.HttpPlan({}, state).reconfigures
    failed = ha(http_settings.merge(STABLE, HARD), pending={**pending, "error": "not_promoted"})
    assert found(HARD, failed)["HW-HTTP-06"]["status"] == "pass"
    assert not http_plan.HttpPlan(HARD, failed)


def test_bans_of_ourselves_are_found():
    bans = ["10.0.10.1", "203.0.113.9", "127.0.0.1", "10.0.40.10"]
    state = ha(http_settings.merge(STABLE, HARD), bans=bans)
    assert http_plan.HttpPlan(HARD, state).unban == ["10.0.10.1", "127.0.0.1", "10.0.40.10"]
    assert found(HARD, state)["HW-HTTP-07"]["status"] == "fail"


def test_unreadable_settings_are_unknown():
    verdicts = http_plan.verdicts(HARD, {"http": None}, {"home_assistant.http": "version 99"})
    assert {(verdict["status"], verdict["actual"]) for verdict in verdicts} == {("unknown", "version 99")}


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({"server_port": 8124}, "http://127.0.0.1:8124"),
        ({"server_port": 443, "ssl_certificate": "/c"}, "https://127.0.0.1:443"),
        ({"server_port": 8123, "server_host": ["10.0.40.10"]}, "http://10.0.40.10:8123"),
        ({"server_port": 8123, "server_host": ["10.0.40.10", "::1"]}, "http://[::1]:8123"),
    ],
)
def test_where_it_answers_afterwards(settings, url):
    assert trial.url_after("http://127.0.0.1:8123", settings) == url


# ip_bans.yaml and configuration.yaml: what is not ours stays byte for byte.


def test_other_bans_stay():
    text = (
        "\n10.0.10.1:\n  banned_at: '2026-11-01'\n\n203.0.113.9:\n  banned_at: '2026-11-02'\n'::1':\n  banned_at: x\n"
    )
    assert trial.without_bans(text, ["10.0.10.1", "::1"]) == "\n203.0.113.9:\n  banned_at: '2026-11-02'\n"


REST = "# mine\nhomeassistant:\n  name: Home   # here\n\nautomation: !include automations.yaml\n"
WANTED = {"login_attempts_threshold": 5, "trusted_proxies": ["10.0.10.1/32"], "use_x_forwarded_for": True}


def settings_of(own):
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, suffix, node: f"!{suffix} {node.value}")
    return yaml.load(own, Loader)


def test_without_a_block_one_line_is_added():
    main, own = http_yaml.rewrite(REST, None, WANTED)
    assert main == REST + "http: !include hearthwall_http.yaml\n"
    assert settings_of(own) == WANTED


def test_a_file_without_a_last_newline_gets_one():
    assert http_yaml.rewrite("config:", None, WANTED)[0] == "config:\nhttp: !include hearthwall_http.yaml\n"


@pytest.mark.parametrize("indent", ["  ", "    ", "\t "])
def test_a_block_is_replaced_and_its_other_keys_travel(indent):
    block = (
        "http:   # the web\n"
        f"{indent}# keys\n{indent}ssl_key: !secret key\n{indent}server_port: 8200\n"
        f"{indent}trusted_proxies:\n{indent}  - 10.0.0.0/8\n{indent}  - ::1\n{indent}cors_allowed_origins: []\n"
    )
    text = "config:\n" + block + "\n# after\nperson:\n"
    main, own = http_yaml.rewrite(text, None, WANTED)
    assert main == "config:\nhttp: !include hearthwall_http.yaml\n\n# after\nperson:\n"
    assert settings_of(own) == {**WANTED, "ssl_key": "!secret key", "server_port": 8200, "cors_allowed_origins": []}


def test_a_list_at_the_depth_of_its_key():
    text = "http:\n  trusted_proxies:\n  - 10.0.0.0/8\n  server_host:\n  - 127.0.0.1\n  - '::1'\n"
    _main, own = http_yaml.rewrite(text, None, WANTED)
    assert settings_of(own) == {**WANTED, "server_host": ["127.0.0.1", "::1"]}


def test_an_included_file_of_the_user_is_read_and_left_alone():
    main, own = http_yaml.rewrite("http: !include net.yaml\nconfig:\n", "server_port: 8200\n", WANTED)
    assert main == "http: !include hearthwall_http.yaml\nconfig:\n"
    assert settings_of(own) == {**WANTED, "server_port": 8200}


def test_our_own_file_is_changed_in_place():
    text = REST + http_yaml.LINE
    _main, own = http_yaml.rewrite(text, None, WANTED)
    again, second = http_yaml.rewrite(text, own, {"login_attempts_threshold": 7, "use_x_forwarded_for": None})
    assert again == text
    assert settings_of(second) == {"login_attempts_threshold": 7, "trusted_proxies": ["10.0.10.1/32"]}


@pytest.mark.parametrize("line", ["http: {server_port: 8200}\n", "http: !secret http\n", "http: &net\n  a: b\n"])
def test_what_is_not_understood_is_refused(line):
    with pytest.raises(http_yaml.Unsuited):
        http_yaml.rewrite(line, None, WANTED)


def test_a_key_that_only_looks_like_http_is_not_it():
    text = "http_proxy:\n  a: b\nx:\n  http:\n    c: d\n"
    assert http_yaml.rewrite(text, None, WANTED)[0] == text + http_yaml.LINE


# The front door.


class _Answer:
    def __init__(self, status, body=None):
        self.status = status
        self._body = body

    def json(self):
        return self._body


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, {"providers": []}, None),
        (200, {"hello": 1}, "is not Home Assistant"),
        (400, None, "not among the trusted ones"),
        (502, None, "does not reach"),
        (403, None, "refused"),
        (404, None, "is not Home Assistant"),
    ],
)
def test_what_a_front_door_says(monkeypatch, status, body, words):
    monkeypatch.setattr(front_door.client, "request", lambda *args, **options: _Answer(status, body))
    problem = front_door.problem({"url": "https://ha.test"})
    assert problem is None if words is None else words in problem
