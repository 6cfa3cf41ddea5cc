# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import ISOLATE, Zone
from ansible_collections.hearthwall.home.plugins.module_utils.segmentation.isolation import isolation

NOTHING = {"kind": None, "over": None, "vlan": None, "bridge": None, "isolated": None, "vlans": None}
IOT = Zone("iot", interfaces=("iot",), vlan=20, intra=ISOLATE)


def port(isolated, vlans=(20,)):
    return {**NOTHING, "bridge": "br0", "isolated": isolated, "vlans": None if vlans is None else list(vlans)}


def switch(**ports):
    return {
        "br0": {**NOTHING, "kind": "bridge"},
        "iot": {**NOTHING, "kind": "vlan", "over": "br0", "vlan": 20},
        **ports,
    }


@pytest.mark.parametrize(
    ("links", "state", "words"),
    [
        (switch(lan1=port(True), lan2=port(True)), "enforced", "lan1, lan2"),
        (switch(lan1=port(True), lan2=port(False)), "not enforced", "the port lan2 is"),
        (switch(lan1=port(False), lan2=port(False)), "not enforced", "lan1, lan2 are"),
        # A port of another network does not matter; one that does not filter carries every network.
        (switch(lan1=port(True), lan2=port(True), lan3=port(False, [10])), "enforced", "lan1, lan2"),
        (switch(lan1=port(True), lan2=port(False, None)), "not enforced", "lan2"),
        (switch(lan1=port(True)), "unknown", "the one port lan1"),
        ({"iot": {**NOTHING, "kind": "veth"}}, "unknown", "a switch decides"),
        ({"eth0": NOTHING}, "unknown", "no interface iot"),
        (None, "unknown", "could not be read"),
    ],
)
def test_only_what_the_router_can_see_is_claimed(links, state, words):
    found = isolation(IOT, links)
    assert found.state == state
    assert words in found.why


def test_a_bridge_of_its_own_is_a_network_too():
    links = {
        "br0": {**NOTHING, "kind": "bridge"},
        "lan1": port(True, None),
        "lan2": port(True, None),
    }
    assert isolation(Zone("iot", interfaces=("br0",), intra=ISOLATE), links).state == "enforced"
