# SPDX-License-Identifier: GPL-3.0-or-later
"""The look through the API: what it fills, what it leaves unknown and why, and that it carries no secret."""

from __future__ import annotations

import json
import socket

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import Credentials
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import NotAllowed, Unreachable
from ansible_collections.hearthwall.home.plugins.module_utils.ha.websocket import WebSocket
from ansible_collections.hearthwall.home.plugins.module_utils.haos import look as haos_look
from ansible_collections.hearthwall.home.plugins.module_utils.haos.look import look
from ansible_collections.hearthwall.home.plugins.module_utils.haos.supervisor import (
    NoSupervisor,
    Supervisor,
    SupervisorError,
)

HELD = {"anna": "correct horse battery", "ben": "another long password"}


def seen(device, passwords=HELD, token=None, **more):
    return look(device.url, Credentials(token=token or device.token, passwords=passwords, **more), {})


def test_everybody_whose_password_is_held_is_seen_whole(device):
    device.home_assistant.people["id-ben"]["mfa"] = []
    taken = seen(device)
    people = {person["username"]: person for person in taken["home_assistant"]["people"]}
    assert people["anna"]["mfa"] == ["totp"] and people["ben"]["mfa"] == []
    assert {person["password"]["verdict"] for person in people.values()} == {"not_common"}
    assert {session["id"] for session in taken["home_assistant"]["sessions"]} == {"token-of-owner", "phone"}
    assert taken["home_assistant"]["sessions_unseen"] == []


def test_it_leaves_no_session_behind(device):
    device.home_assistant.people["id-ben"]["mfa"] = []
    seen(device)
    assert [session["id"] for session in device.home_assistant.sessions["id-ben"]] == ["phone"]


def test_whose_password_is_not_held_stays_unknown(device):
    taken = seen(device, {"anna": HELD["anna"]})
    ben = next(person for person in taken["home_assistant"]["people"] if person["username"] == "ben")
    assert ben["mfa"] is None and ben["password"]["tested"] == 0
    assert taken["home_assistant"]["sessions_unseen"] == ["ben"]
    assert "accounts_people" in taken["unknown"]["home_assistant.mfa"]
    assert device.home_assistant.wrong_logins == 0


def test_a_second_factor_shows_without_its_secret(device):
    taken = seen(device)
    ben = next(person for person in taken["home_assistant"]["people"] if person["username"] == "ben")
    assert ben["mfa"] == ["totp"] and ben["password"]["verdict"] == "not_common"
    assert taken["home_assistant"]["sessions_unseen"] == ["ben"]


def test_common_and_short_passwords_that_are_held_are_found(device):
    device.home_assistant.people["id-ben"].update(password="123456", mfa=[])
    taken = seen(device, {**HELD, "ben": "123456"})
    ben = next(person for person in taken["home_assistant"]["people"] if person["username"] == "ben")
    assert (ben["password"]["verdict"], ben["password"]["length"]) == ("common", "short")


def test_trusted_networks_are_found_where_they_show_and_unknown_where_not(device):
    assert "configuration.yaml" in seen(device)["unknown"]["home_assistant.auth_providers"]
    device.home_assistant.providers.append("trusted_networks")
    assert seen(device)["home_assistant"]["trusted_networks"]


def test_no_secret_is_in_the_snapshot(device):
    device.supervisor.state["apps"]["core_mosquitto"]["options"] = {"password": "a-secret-of-an-app"}
    device.home_assistant.backup["create_backup"]["password"] = "the-password-of-archives"
    text = json.dumps(seen(device))
    for secret in (
        "a-secret-of-an-app",
        "the-password-of-archives",
        device.token,
        *HELD.values(),
        device.supervisor.token,
    ):
        assert secret not in text


def test_settings_of_old_releases_are_unknown_with_the_reason(device):
    device.home_assistant.unknown_commands = {"http/config"}
    taken = seen(device)
    assert taken["home_assistant"]["http"] is None and "2026.8" in taken["unknown"]["home_assistant.http"]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ((401, "401: Unauthorized"), "ha host reboot"),
        ((403, "403: Forbidden"), "forbids"),
        ((404, "404: Not Found"), "ha supervisor update"),
        ((500, "500 Internal Server Error\n\nServer got itself in trouble"), "ha supervisor repair"),
        ((503, {"result": "error", "message": ""}), "no answer in time"),
        ((400, {"result": "error", "message": "System is not ready with state: setup"}), "System is not ready"),
    ],
)
def test_every_failure_of_the_supervisor_leaves_its_part_unknown_with_a_command(device, failure, words):
    device.supervisor.failing["/security/info"] = failure
    taken = seen(device)
    why = taken["unknown"]["supervisor.security"]
    assert words in why and why.startswith("/security/info: ")
    assert taken["supervisor"]["security"]["pwned"] is None
    assert taken["supervisor"]["core"]["version"], "the others were asked all the same"


def test_a_silent_supervisor_is_told_as_such(device):
    device.supervisor.failing["/host/info"] = 3
    with WebSocket(device.url, device.token) as socket, pytest.raises(SupervisorError) as failure:
        Supervisor(socket).get("/host/info", timeout=1)
    assert failure.value.kind == "silent" and "ha supervisor restart" in str(failure.value)


def test_a_token_that_is_refused_ends_the_look(device):
    with pytest.raises(NotAllowed):
        seen(device, token="e30.e30.c2ln")


def test_a_token_without_admin_rights_names_the_variable_and_the_way(device):
    device.home_assistant.people["id-anna"].update(is_owner=False, group_ids=["system-users"])
    with pytest.raises(SupervisorError) as failure:
        seen(device)
    assert "hearthwall_ha_token" in str(failure.value) and "ansible-vault edit" in str(failure.value)


def test_an_instance_without_a_supervisor_is_none_of_home_assistant_os(device):
    device.home_assistant.unknown_commands = {"supervisor/api"}
    with pytest.raises(NoSupervisor) as failure:
        seen(device)
    assert "home_assistant" in str(failure.value)


def test_an_address_where_nothing_answers_is_unreachable(device, monkeypatch):
    monkeypatch.setattr(haos_look, "PATIENCE", 0)
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]
    with pytest.raises(Unreachable):
        look(f"http://127.0.0.1:{port}", Credentials(token=device.token), {})
