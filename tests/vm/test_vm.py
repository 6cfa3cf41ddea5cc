# SPDX-License-Identifier: GPL-3.0-or-later
"""The home on a machine with Debian's own kernel: 802.1Q, a bridge that filters VLANs, isolated ports, WireGuard.

Containers share a kernel that may have none of these. One boot answers all questions; each test asks for one of them.
"""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy import packet
from home import BEHIND, DEVICES, Home
from machine import Machine
from tunnel import Tunnel

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

INSIDE = Path(__file__).with_name("inside")
NEIGHBOURS = ("bulb", "camera")


class Answers:
    """What was asked, what was expected, and what the machine said."""

    def __init__(self, scratch):
        home = self.home = Home()
        tunnel = Tunnel(home, scratch)
        self.probes = home.probes()
        self.neighbours = [
            [one, address, protocol, port]
            for one, other in (NEIGHBOURS, NEIGHBOURS[::-1])
            for address in home.addresses(other)
            for protocol, port in (("tcp", 80), ("udp", 53), ("icmp", 0))
        ]
        zones = {**{name: (zone, home.addresses(name)) for name, (zone, _number) in DEVICES.items()}}
        routers = [each for zone in ("vpn", "trusted") for each in home.routers(zone)]
        self.tunnel = tunnel.probes([*zones.values(), (packet.ROUTER, routers)])
        tree = scratch / "tree"
        shutil.copytree(INSIDE, tree / "given")
        tunnel.write(tree)
        for path, text in home.files().items():
            (tree / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
            (tree / path.lstrip("/")).write_text(text, encoding="utf-8")
        plan = {
            **home.plan(),
            "probes": [probe for probe, _meant in self.probes],
            "neighbours": self.neighbours,
            "tunnel": tunnel.plan([probe for probe, _meant in self.tunnel]),
        }
        (tree / "given/plan.json").write_text(json.dumps(plan), encoding="utf-8")
        machine = Machine(scratch)
        machine.build()
        said = {line["what"]: line["answer"] for line in machine.boot(tree)}
        assert "broken" not in said, said["broken"]
        assert "end" in said, f"the machine stopped after {list(said)}: see {scratch}/console.log"
        self.said = said


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.exit("The machine's file system is packed in a container, which needs root.", returncode=1)
    return Answers(tmp_path_factory.mktemp("vm"))


def wrong(asked, got):
    return [
        f"{probe} {'did not pass' if meant else 'passed'}"
        for (probe, meant), passed in zip(asked, got)
        if meant != passed
    ]


def test_the_kernel_is_debians_own(answers):
    assert "cloud-amd64" in answers.said["kernel"]


def test_the_switch_is_what_the_role_declares(answers):
    vlans = {entry["ifname"]: [each["vlan"] for each in entry["vlans"]] for entry in answers.said["vlans"]}
    assert vlans["trunk"] == [10, 20, 30, 40]
    assert vlans["bulb0"] == vlans["camera0"] == [20]
    isolated = {link["ifname"]: link["isolated"] for link in answers.said["links"] if "isolated" in link}
    assert isolated["bulb0"] and isolated["camera0"] and not isolated["trunk"]


def test_every_frame_of_the_trunk_has_its_tag(answers):
    assert {answers.home.zones[zone].vlan for zone, _number in BEHIND.values()} <= set(answers.said["tags"])
    # What the router's port says for itself, as a link, is no device's.
    senders = [ipaddress.ip_address(each) for each in answers.said["untagged"]]
    assert [each for each in senders if not each.is_link_local and not each.is_unspecified] == []


def test_the_policy_holds_between_all_zones(answers):
    assert len(answers.probes) == len(answers.said["probes"]) > 1000
    assert wrong(answers.probes, answers.said["probes"]) == []
    assert any(answers.said["probes"])


def test_devices_of_one_vlan_do_not_reach_each_other(answers):
    assert not any(answers.said["neighbours"])
    assert all(answers.said["neighbours without isolation"]), "so it is the isolation that keeps them apart"


def test_the_kernels_wireguard_leads_to_home_assistant_and_nowhere_else(answers):
    assert wrong(answers.tunnel, answers.said["tunnel"]) == []
    assert any(answers.said["tunnel"])
    assert answers.said["stranger"] == [False], "nobody has let the other one in yet"


def test_adding_a_peer_drops_no_packet_of_the_others(answers):
    added = answers.said["added"]
    assert added["other"] == [True]
    assert added["sent"] == added["answered"] > 20
    assert added["kept"], "no handshake was needed"


def test_a_peer_cannot_borrow_an_address(answers):
    assert answers.said["borrowed"] == [False]


def test_a_revoked_peer_is_cut_off(answers):
    assert answers.said["revoked"]["before"] > 0
    assert answers.said["revoked"]["after"] == 0
    assert answers.said["remaining"] == [True]
