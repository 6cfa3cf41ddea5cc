# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import configparser

from ansible_collections.hearthwall.home.plugins.module_utils.segmentation.networkd import Segment, files

TRUSTED = Segment("trusted", "trusted", 10, ("10.0.10.1/24",))
IOT = Segment("iot", "iot", 20, ("10.0.20.1/24", "2001:db8:20::1/64"), isolated=True)


def unit(name, **given):
    return files([IOT, TRUSTED], **given)[f"/etc/systemd/network/{name}"]


def test_a_trunk_carries_every_network_with_its_tag():
    text = unit("22-hearthwall-eth1.network", trunks=["eth1"], ports={})
    assert "Bridge=hearthwall0\n" in text
    assert [line for line in text.splitlines() if line.startswith("VLAN=")] == ["VLAN=10", "VLAN=20"]
    assert "PVID" not in text


def test_a_port_of_an_isolated_network_is_isolated_and_carries_nothing_else():
    text = unit("22-hearthwall-eth2.network", trunks=[], ports={"eth2": "iot"})
    assert "Isolated=yes\n" in text
    assert [line for line in text.splitlines() if "20" in line] == ["VLAN=20", "PVID=20", "EgressUntagged=20"]
    assert "Isolated=no\n" in unit("22-hearthwall-eth3.network", trunks=[], ports={"eth3": "trusted"})


def test_the_router_stands_in_every_network_with_its_addresses():
    text = unit("21-hearthwall-iot.network", trunks=["eth1"], ports={})
    assert "Address=10.0.20.1/24\nAddress=2001:db8:20::1/64\n" in text
    bridge = unit("20-hearthwall0.netdev", trunks=["eth1"], ports={})
    assert "VLANFiltering=yes\nDefaultPVID=none\n" in bridge
    netdev = configparser.ConfigParser()
    netdev.read_string(unit("21-hearthwall-iot.netdev", trunks=[], ports={}))
    assert (netdev["NetDev"]["kind"], netdev["VLAN"]["id"]) == ("vlan", "20")
