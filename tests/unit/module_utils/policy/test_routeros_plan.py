# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of an example home are exact; a plan does only what differs, in an order that can be undone."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros import menus
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros.compile import (
    CompileError,
    compiled,
    text,
)
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros.plan import (
    MOST,
    PlanError,
    plan,
    rounds,
)
from ansible_collections.hearthwall.home.plugins.module_utils.policy.switch import Switch
from routeros_device import Device
from routers_home import routeros

GOLDEN = Path(__file__).parent / "golden" / "routeros.txt"
SOLD = {
    "interface__ethernet": [{"name": name} for name in ("wan", "lan1", "lan2", "lan3", "lan4", "lan5", "wg0")],
    "interface__bridge": [{"name": "bridge", "vlan-filtering": "false"}],
    "interface__bridge__port": [
        {"interface": name, "bridge": "bridge", "pvid": "1"} for name in ("lan1", "lan2", "lan4")
    ],
    "ip__firewall__filter": [
        {"chain": "forward", "action": "fasttrack-connection", "connection-state": "established,related"},
        {"chain": "input", "action": "drop", "in-interface": "wan", "comment": "defconf: drop from the WAN"},
    ],
    "ip__address": [{"address": "192.168.88.1/24", "interface": "bridge"}],
}


def sold():
    return Device(**copy.deepcopy(SOLD))


def wanted(**changes):
    return compiled(*routeros(**changes), "lo")


def follow(device, actions):
    """Carry out a plan on a device in memory."""
    made = {}
    for action in actions:
        words = dict(action.options)
        before = made.get(action.before[1:], action.before) if action.before.startswith("+") else action.before
        if action.verb == "add":
            words.update({"place-before": before} if before else {})
            answer = device.run(None, f"{action.path}/add", words)
            made[f"{action.path} {menus.key_of(menus.BY_PATH[action.path], action.options)}"] = answer[0]["ret"]
        elif action.verb == "move":
            device.run(
                None, f"{action.path}/move", {"numbers": action.target, **({"destination": before} if before else {})}
            )
        else:
            device.run(None, f"{action.path}/{action.verb}", {".id": action.target, **words})


def test_the_compiled_entries_are_exact():
    assert text(wanted()) == GOLDEN.read_text(encoding="utf-8")


def test_a_plan_leads_there_and_then_nothing_differs():
    device = sold()
    follow(device, plan(wanted(), device.menus))
    assert plan(wanted(), device.menus) == []
    rules = device.menus["/ip/firewall/filter"]
    chains = [rule["comment"] for rule in rules if rule["chain"] == "hearthwall-forward"]
    assert chains == [
        each.options["comment"] for each in wanted() if _is(each, "/ip/firewall/filter", "hearthwall-forward")
    ]


def _is(entry, path, chain):
    return entry.menu.path == path and entry.options.get("chain") == chain


def test_what_takes_effect_comes_last_and_filtering_last_of_all():
    actions = plan(wanted(), sold().menus)
    assert actions[-1].path == "/interface/bridge"
    assert actions[-1].options == {"vlan-filtering": "yes"}
    jumps = [index for index, action in enumerate(actions) if action.options.get("action") == "jump"]
    assert jumps == list(range(len(actions) - 5, len(actions) - 1))


def test_the_jumps_stand_before_the_rules_of_others_which_stay():
    device = sold()
    follow(device, plan(wanted(), device.menus))
    rules = [rule for rule in device.menus["/ip/firewall/filter"] if rule["chain"] == "forward"]
    assert [rule["action"] for rule in rules] == ["jump", "fasttrack-connection"]
    assert any(entry["address"] == "192.168.88.1/24" for entry in device.menus["/ip/address"])


def test_rules_that_were_moved_changed_narrowed_or_removed_by_hand_are_mended_with_few_actions():
    device = sold()
    follow(device, plan(wanted(), device.menus))
    rules = device.menus["/ip/firewall/filter"]
    mine = [rule for rule in rules if rule["chain"] == "hearthwall-forward"]
    rules.remove(mine[15])
    mine[13]["dst-port"] = "1883"
    mine[14]["src-address"] = "10.9.9.9"
    mine[16]["disabled"] = "true"
    rules.remove(mine[-1])
    rules.insert(rules.index(mine[9]), mine[-1])
    rules.insert(0, {".id": "*FFF", "chain": "forward", "action": "accept", "comment": "by hand"})
    actions = plan(wanted(), device.menus)
    assert sorted(action.verb for action in actions) == ["add", "move", "move", "set", "set", "set"]
    assert {"!src-address": ""} in [action.options for action in actions]
    follow(device, actions)
    assert plan(wanted(), device.menus) == []
    assert [rule.get("comment") for rule in rules if rule["chain"] == "forward"][:2] == [
        "hearthwall jump forward: the policy decides first",
        "by hand",
    ]


def test_a_flow_less_is_one_action_less():
    device = sold()
    follow(device, plan(wanted(), device.menus))
    fewer = [entry for entry in wanted() if "mqtts" not in entry.options.get("comment", "")]
    actions = plan(fewer, device.menus)
    assert [(action.path, action.verb) for action in actions] == [
        ("/ipv6/firewall/filter", "remove"),
        ("/ip/firewall/filter", "remove"),
    ]


def test_rounds_fit_the_history_and_only_the_last_takes_effect():
    found = rounds(plan(wanted(), sold().menus))
    assert len(found) > 1
    assert all(len(each) <= MOST for each in found)
    assert all(action.inert for each in found[:-1] for action in each)


def test_what_cannot_be_undone_is_refused_and_says_why():
    device = sold()
    follow(device, plan(wanted(), device.menus))
    for rule in device.menus["/ip/firewall/filter"] + device.menus["/ipv6/firewall/filter"]:
        if rule["action"] == "accept":
            rule["disabled"] = "yes"
    with pytest.raises(PlanError, match="can undo about 100"):
        rounds(plan(wanted(), device.menus))


def test_what_others_have_in_the_same_place_is_not_overwritten_without_leave():
    device = sold()
    device.run(None, "/interface/bridge/vlan/add", {"bridge": "bridge", "vlan-ids": "20", "tagged": "bridge"})
    with pytest.raises(PlanError, match="vlan-ids=20, which is not Hearthwall's"):
        plan(wanted(), device.menus)
    assert plan(wanted(), device.menus, ("/interface/bridge/vlan",))


def test_all_problems_are_told_at_once():
    home, _switch = routeros()
    with pytest.raises(CompileError) as refused:
        compiled(home, Switch("my bridge", {"lan1": "nozone", "wan": "trusted"}))
    for part in ("'my bridge' is no name", "a zone that is not there: nozone", "the WAN's interface (wan) is a port"):
        assert part in str(refused.value)


def test_what_a_router_spells_otherwise_does_not_differ():
    device = sold()
    follow(device, plan(wanted(), device.menus))
    for rule in device.menus["/ipv6/firewall/filter"]:
        if rule.get("dst-address") == "2001:db8:40::10":
            rule["dst-address"] = "2001:db8:40::10/128"
        if rule.get("connection-state") == "established,related":
            rule["connection-state"] = "related,established"
    for entry in device.menus["/ip/dhcp-server"]:
        entry["disabled"] = "false"
    assert plan(wanted(), device.menus) == []
