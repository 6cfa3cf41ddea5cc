# SPDX-License-Identifier: GPL-3.0-or-later
"""From a router as it is sold to the policy: only what differs, in one batch, and nothing of others without leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import uci
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.compile import compiled
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.plan import plan
from openwrt_router import REPLACES, SOLD
from routers_home import policy

UCI = Path(__file__).parent / "openwrt_stand_in" / "uci"


class Router:
    """A configuration, and the stand-in for `uci` that works on it."""

    def __init__(self, root, text):
        self.root = root
        (root / "etc/config").mkdir(parents=True)
        for package in text.split("package ")[1:]:
            name, _newline, body = package.partition("\n")
            (root / "etc/config" / name.strip()).write_text(body)

    def run(self, *words, text=""):
        environment = {**os.environ, "HEARTHWALL_ROOT": str(self.root)}
        done = subprocess.run(
            [sys.executable, UCI, *words], input=text, capture_output=True, text=True, env=environment, check=False
        )
        assert not done.stderr
        return done.stdout

    def state(self):
        return uci.parse("".join(self.run("export", config) for config in ("network", "firewall", "dhcp")))

    def batch(self, commands):
        self.run("batch", text="\n".join(commands))
        for config in ("network", "firewall", "dhcp"):
            self.run("commit", config)


@pytest.fixture
def router(tmp_path):
    return Router(tmp_path, SOLD)


def test_one_batch_leads_there_and_then_nothing_differs(router):
    wanted = compiled(*policy("br-lan"), router.state())
    first = plan(wanted, router.state(), REPLACES)
    assert first.conflicts == []
    router.batch(first.batch)
    state = router.state()
    again = plan(compiled(*policy("br-lan"), state), state, REPLACES)
    assert again.batch == []
    for section in compiled(*policy("br-lan"), state):
        found = state[section.place].options
        assert {option: found.get(option) for option in section.options} == section.options


def test_what_others_have_stays_and_what_stands_in_the_way_is_told(router):
    found = plan(compiled(*policy("br-lan"), router.state()), router.state())
    told = dict(found.conflicts)
    assert "name of the policy's zone wan" in told["firewall.@zone[1]"]
    assert "puts addresses on br-lan" in told["network.lan"]
    assert "firewall.@rule[0]" in found.foreign
    assert not any("@rule" in command or "network.lan" in command for command in found.batch)


def test_only_what_differs_is_written(router):
    state = router.state()
    router.batch(plan(compiled(*policy("br-lan"), state), state, REPLACES).batch)
    state = router.state()
    rule = next(place for place, section in state.items() if section.options.get("name", "").startswith("iot to ha"))
    router.run("batch", text=f"set {rule}.dest_port='22'\nset {rule}.enabled='0'\nset firewall.hearthwall_mine=rule")
    router.run("commit", "firewall")
    state = router.state()
    found = plan(compiled(*policy("br-lan"), state), state)
    assert sorted(found.batch) == sorted(
        [
            "delete firewall.hearthwall_mine",
            f"delete {rule}.dest_port",
            f"add_list {rule}.dest_port='8883'",
            f"delete {rule}.enabled",
        ]
    )
    assert found.configs == ["firewall"]


def test_values_keep_their_quotes(router):
    section = uci.Section("firewall", "rule", "hearthwall_q", {"name": 'it\'s a \\ "test"', "src_ip": ["10.0.0.1"]})
    router.batch(uci.set_commands(section))
    assert router.state()["firewall.hearthwall_q"].options == section.options


def test_a_value_of_two_lines_is_no_value():
    with pytest.raises(uci.UciError):
        uci.quoted("one\nset firewall.x=rule")


def test_sections_without_a_name_are_removed_from_the_last(router):
    state = router.state()
    gone = [section for section in state.values() if section.type == "rule"]
    assert [command.rpartition("[")[2] for command in uci.delete_commands(gone)] == ["1]", "0]"]


def test_another_section_for_a_port_of_ours_is_in_the_way(router):
    router.run("batch", text="set network.mine=device\nset network.mine.name='lan2'\nset network.mine.mtu='1400'")
    router.run("commit", "network")
    state = router.state()
    assert "lan2" in dict(plan(compiled(*policy("br-lan"), state), state, REPLACES).conflicts)["network.mine"]
