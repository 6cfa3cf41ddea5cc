# SPDX-License-Identifier: GPL-3.0-or-later
"""As whom a task logs in: its own options go before the home's variables, and nobody is never somebody."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.hearthwall.home.plugins.plugin_utils.login import Login

DECLARED = {"inventory_hostname": "ha", "hearthwall_ha_admin": {"username": " Olivia ", "password": "from the home"}}


class Vault:
    def secrets_of(self, username, host):
        return [f"{username} on {host}"]


def login(task_vars=None, **args):
    templar = SimpleNamespace(template=lambda value: value)
    action = SimpleNamespace(_task=SimpleNamespace(args=args), _loader=None, _templar=templar)
    return Login(action, {"inventory_hostname": "ha"} if task_vars is None else task_vars)


def test_the_home_names_the_administrator():
    assert login(DECLARED).administrator() == ("olivia", "from the home", None, None)


def test_a_tasks_own_options_go_first():
    found = login(DECLARED, admin={"username": "ben", "password": "b"}, token="t").administrator()
    assert found == ("ben", "b", None, "t")


def test_what_is_held_for_logging_in():
    held = login(DECLARED).credentials(Vault(), {"child": "c"})
    assert held["admin"] == "olivia" and held["token"] is None
    assert held["passwords"] == {"child": "c", "olivia": "from the home"}
    assert held["secrets"] == {"child": ["child on ha"], "olivia": ["olivia on ha"]}


def test_a_secret_given_by_hand_is_tried_beside_the_vaults():
    held = login(admin={"username": "olivia", "password": "", "totp_secret": "S"}).credentials(Vault())
    assert held["secrets"] == {"olivia": ["olivia on ha", "S"]} and held["passwords"] == {"olivia": ""}
    assert login(admin={"username": "olivia", "password": ""}).credentials(None)["secrets"] == {}


@pytest.mark.parametrize("args", [{}, {"admin": {"username": "olivia"}}, {"admin": {"password": "p"}}])
def test_nobody_is_refused(args):
    with pytest.raises(AnsibleActionFail, match="Set hearthwall_ha_admin"):
        login(**args).require()


def test_a_token_or_an_empty_password_is_somebody():
    login(token="t").require()
    login(admin={"username": "olivia", "password": ""}).require()
