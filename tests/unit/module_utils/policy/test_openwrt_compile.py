# SPDX-License-Identifier: GPL-3.0-or-later
"""The UCI of an example home is exact, every line has its reason, and fw4 would leave nothing of it out."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import sections as known
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import uci
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.compile import (
    CompileError,
    compiled,
)
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.uci import Section
from ansible_collections.hearthwall.home.plugins.module_utils.policy.switch import Switch
from openwrt_bad_values import BAD, GOOD
from routers_home import policy

GOLDEN = Path(__file__).parent / "golden" / "openwrt.uci"


def test_the_compiled_uci_is_exact():
    assert uci.export(compiled(*policy("br-lan"))) == GOLDEN.read_text(encoding="utf-8")


def test_every_section_says_why_it_is_there():
    assert all(section.reason for section in compiled(*policy("br-lan")))


def test_the_same_policy_gives_the_same_text_whatever_the_order_of_its_flows():
    home, switch = policy("br-lan")
    turned = type(home)(**{**home.__dict__, "flows": home.flows[::-1]})
    assert {each.place for each in compiled(home, switch)} == {each.place for each in compiled(turned, switch)}


def test_what_is_written_can_be_read_again():
    wanted = compiled(*policy("br-lan"))
    again = uci.parse(uci.export(wanted))
    assert len(again) == len(wanted)
    for section in wanted:
        assert again[section.place].options == section.options


def _beside(kind, options):
    zones = [
        Section("firewall", "zone", f"z{name}", {**GOOD["zone"], "name": name, "device": [f"eth-{name}"]})
        for name in "ab"
    ]
    return [*zones, Section("firewall", kind, "hearthwall_x", options)]


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_section_passes(kind):
    assert known.problems(_beside(kind, GOOD[kind])) == []


@pytest.mark.parametrize(("kind", "changes", "what"), BAD)
def test_what_fw4_does_not_take_as_meant_is_refused(kind, changes, what):
    options = {option: value for option, value in {**GOOD[kind], **changes}.items() if value != ""}
    assert known.problems(_beside(kind, options)), f"fw4: {what}"


def test_all_problems_are_told_at_once():
    home, _switch = policy("br-lan")
    crooked = Switch("bridge-with-a-long-name", {"lan1": "nozone", "lan2": "wan", "lan4": "iot"}, ("lan4",))
    with pytest.raises(CompileError) as refused:
        compiled(home, crooked)
    said = str(refused.value)
    for part in (
        "lan1 belongs to a zone that is not there",
        "lan2 belongs to wan",
        "an access port and a trunk",
        "15 characters",
    ):
        assert part in said


def test_isolation_is_told_as_far_as_the_bridge_can_hold_it():
    home, switch = policy("br-lan")
    assert switch.separation(home)["iot"][0] == "unknown"
    assert "lan4" in switch.separation(home)["iot"][1]
    without_trunk = Switch("br-lan", {"lan1": "trusted", "lan2": "iot", "lan3": "iot"})
    assert without_trunk.separation(home)["iot"] == ("enforced", "ports lan2, lan3 are isolated from each other")
    radios = {"iot": [True, False]}
    assert (
        without_trunk.separation(home, radios)["iot"][0] == switch.separation(home, radios)["iot"][0] == "not enforced"
    )
