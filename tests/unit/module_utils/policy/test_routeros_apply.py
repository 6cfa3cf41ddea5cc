# SPDX-License-Identifier: GPL-3.0-or-later
"""The API sequence against a device in memory: what a second connection has not seen hold is undone."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros.compile import compiled
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros.plan import plan
from ansible_collections.hearthwall.home.plugins.plugin_utils.routeros import api
from ansible_collections.hearthwall.home.plugins.plugin_utils.routeros.apply import Applier, ApplyError
from routeros_device import Device, Server
from routers_home import routeros
from test_routeros_plan import SOLD

pytest.importorskip("librouteros")
WANTED = compiled(*routeros(), "lo")


@pytest.fixture
def device():
    return Device(**copy.deepcopy(SOLD))


@pytest.fixture
def server(device):
    with Server(device) as running:
        yield running


def connect(server, password="test"):
    return api.Connection("127.0.0.1", "hearthwall", password, port=server.port, tls=False)


class Clock:
    """Time that passes when somebody waits; the router's own timer runs off in it."""

    def __init__(self, device, limit):
        self.now, self.device, self.limit = 0, device, limit

    def sleep(self, seconds):
        self.now += seconds
        if self.now >= self.limit:
            self.device.scheduled()


def applier(server, doubts=lambda state: "", timeout=60):
    clock = Clock(server.device, timeout)
    return Applier(lambda: connect(server), doubts, timeout, clock.sleep, lambda: clock.now)


def test_a_router_as_it_is_sold_becomes_the_policy(server, device):
    done = applier(server).apply(WANTED)
    assert done.rounds == 4
    assert plan(WANTED, device.menus) == []
    assert device.holder is None
    assert device.menus["/system/scheduler"] == []
    assert device.menus["/file"] == []
    changes = [entry for entry in device.log if entry[0] != "/system/scheduler"]
    assert [entry for entry in changes if "vlan-filtering" in entry[2]] == [
        entry for entry in changes if entry[0] == "/interface/bridge"
    ]


def test_again_it_changes_nothing(server, device):
    applier(server).apply(WANTED)
    device.log.clear()
    assert applier(server).apply(WANTED).actions == []
    assert device.log == []


def test_what_the_second_connection_doubts_is_undone_at_once(server, device):
    before = copy.deepcopy(device.menus)
    with pytest.raises(ApplyError, match="not the policy: iot reaches trusted. It was undone at once"):
        applier(server, lambda state: "iot reaches trusted").apply(WANTED)
    assert effective(device) == effective_of(before)
    assert device.menus["/system/scheduler"] == []


def test_a_change_that_cuts_us_off_is_undone_by_the_routers_own_timer(server, device, monkeypatch):
    monkeypatch.setattr(api, "SECONDS", 0.5)
    before = copy.deepcopy(device.menus)
    device.cuts = lambda cut: any(
        rule.get("jump-target") == "hearthwall-input" for rule in cut.menus["/ip/firewall/filter"]
    )
    with pytest.raises(ApplyError, match="The router has undone it by itself"):
        applier(server, timeout=3).apply(WANTED)
    assert device.reboots == 1
    assert effective(device) == effective_of(before)
    assert device.menus["/system/scheduler"] == []


def test_a_connection_that_ends_is_undone_by_safe_mode(server, device):
    before = copy.deepcopy(device.menus)
    connection = connect(server)
    connection.command("/safe-mode/take")
    connection.command("/interface/list/add", "=name=hearthwall-x")
    assert device.menus != before
    connection.close()
    for _each in range(100):
        if device.holder is None:
            break
        connect(server).close()
    assert device.menus == before


def test_the_router_restarts_meanwhile(server, device):
    before = copy.deepcopy(device.menus)
    doubts = []

    def restart(_state):
        device.reboot()
        device.scheduled()
        doubts.append(True)
        return "it restarted"

    with pytest.raises(ApplyError, match="it restarted"):
        applier(server, restart).apply(WANTED)
    assert effective(device) == effective_of(before)


def test_a_link_that_dies_at_the_last_word_leaves_the_old_state(server, device, monkeypatch):
    before = copy.deepcopy(device.menus)
    kept = Device._safe_mode

    def dies(self, session, verb):
        # The last safe mode is the one that all takes effect in.
        if verb == "release" and self.menus["/system/scheduler"]:
            raise EOFError
        return kept(self, session, verb)

    monkeypatch.setattr(Device, "_safe_mode", dies)
    with pytest.raises(ApplyError, match="The router has undone it by itself"):
        applier(server).apply(WANTED)
    assert effective(device) == effective_of(before)
    assert device.menus["/system/scheduler"] == []


def test_a_refused_command_is_undone(server, device):
    device.menus["/interface/ethernet"] = [
        entry for entry in device.menus["/interface/ethernet"] if entry["name"] != "wg0"
    ]
    before = copy.deepcopy(device.menus)
    with pytest.raises(ApplyError, match="does not match any value of interface. It was undone at once"):
        applier(server).apply(WANTED)
    assert effective(device) == effective_of(before)


def test_without_safe_mode_nothing_is_changed(server, device):
    device.safe_mode_known = False
    before = copy.deepcopy(device.menus)
    with pytest.raises(ApplyError, match="Safe mode could not be taken, so nothing was changed"):
        applier(server).apply(WANTED)
    assert effective(device) == effective_of(before)


def test_somebody_elses_safe_mode_is_respected(server, device):
    device.holder = object()
    with pytest.raises(ApplyError, match="somebody has already safe mode"):
        applier(server).apply(WANTED)


def test_the_history_of_the_stand_in_ends_safe_mode_as_the_real_one_does(server, device):
    connection = connect(server)
    connection.command("/safe-mode/take")
    for number in range(101):
        connection.command("/interface/list/add", f"=name=hearthwall-{number}")
    with pytest.raises(api.ApiError, match="not in safe mode"):
        connection.command("/safe-mode/unroll")
    connection.close()
    assert len(device.menus["/interface/list"]) == 101


def test_a_wrong_password_is_told_without_it(server):
    with pytest.raises(api.ApiError) as refused:
        connect(server, "not-the-password")
    assert "invalid user name or password" in str(refused.value)
    assert "not-the-password" not in str(refused.value)


def effective(device):
    return effective_of(device.menus)


def effective_of(menus):
    """Return what of a router has an effect: what is laid before and nobody looks at may stay."""
    bridges = [entry for entry in menus["/interface/bridge"]]
    ports = [entry for entry in menus["/interface/bridge/port"]]
    jumped = {rule.get("jump-target") for rule in menus["/ip/firewall/filter"]}
    rules = [rule for rule in menus["/ip/firewall/filter"] if rule["chain"] in ("input", "forward", *jumped)]
    return bridges, ports, rules, menus["/ip/firewall/nat"]
