# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.visit import command, units


def test_a_service_makes_room_for_its_socket_and_comes_back(manager):
    manager.state["ssh.service"] = {"active": "active", "enabled": "enabled"}
    units.restart("ssh.socket")
    assert manager.asked == ["show ssh.socket", "stop ssh.service", "restart ssh.socket", "start ssh.service"]
    assert {manager.state[name]["active"] for name in ("ssh.socket", "ssh.service")} == {"active"}


def test_a_service_comes_back_even_where_its_socket_does_not(manager):
    manager.state["ssh.service"] = {"active": "active", "enabled": "enabled"}
    manager.failing.add(("restart", "ssh.socket"))
    with pytest.raises(command.CommandError):
        units.restart("ssh.socket")
    assert manager.state["ssh.service"]["active"] == "active"


def test_a_service_is_restarted_alone(manager):
    units.restart("nginx.service")
    assert manager.asked == ["restart nginx.service"]
