# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import Ruleset
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.forwards import (
    covers_address,
    covers_port,
    forwards,
    span,
)


def found(document):
    listed, unknown = forwards(Ruleset(document))
    return {(each["proto"], str(each["port"]), each["to_address"], str(each["to_port"])) for each in listed}, unknown


def test_every_shape_of_a_forward_is_read(listed):
    seen, unknown = found(listed("forwards"))
    assert unknown == []
    assert {
        ("tcp", "8123", "10.0.40.10", "8123"),  # no port of its own
        ("tcp", "80", "10.0.40.10", "8123"),  # one of several in a set
        ("tcp", "8443", "10.0.40.10", "8123"),
        ("udp", "5000-5010", "10.0.40.20", "5000-5010"),  # protocols in a set, a range
        ("tcp", "8124", "10.0.40.10", "8123"),  # by the address it was sent to
        ("tcp", "9000", "10.0.40.10", "8123"),  # a named map
        ("tcp", "7000-7010", "10.0.40.10", "8123"),  # a named set
        ("tcp", "6001", "10.0.40.10", "6001"),  # a map in place
        ("tcp", "6003", "10.0.40.10", "8123"),  # a map of address and port
        ("tcp", "6100", "10.0.40.10", "8123"),  # in a chain behind a verdict map
        ("tcp", "3126", "10.0.40.10-10.0.40.12", "8123"),  # a range of hosts
        ("any", "any", "10.0.40.10", "any"),  # balanced between hosts
        ("tcp", "443", "2001:db8:40::10", "8123"),  # NAT of IPv6
        ("tcp", "any", "10.0.40.0/24", "any"),  # a whole network mapped
    } <= seen


def test_a_redirect_leads_to_no_inside_host(listed):
    assert not any(port == "3127" for _proto, port, _address, _to_port in found(listed("forwards"))[0])


def test_the_interface_and_the_sources_are_kept(listed):
    by_port = {str(each["port"]): each for each in forwards(Ruleset(listed("forwards")))[0]}
    assert by_port["8123"]["interfaces"] == ["eth0"]
    assert by_port["5000-5010"]["interfaces"] == ["eth0", "ppp0"]
    assert by_port["22"]["sources"] == ["203.0.113.0/24"]


def test_what_only_iptables_can_read_is_unknown_and_not_absent(listed):
    seen, unknown = found(listed("iptables-nft"))
    assert seen == set()
    assert unknown == ["ip nat PREROUTING rule 2: xtables target DNAT"]


def test_a_map_that_cannot_be_read_is_unknown(listed):
    document = copy.deepcopy(listed("forwards"))
    document["nftables"] = [item for item in document["nftables"] if "map" not in item]
    assert any("map that cannot be read" in reason for reason in found(document)[1])


def test_an_empty_ruleset_has_no_forwards():
    assert found({"nftables": []}) == (set(), [])


def test_addresses_and_ports_are_covered():
    assert covers_address("10.0.40.0/24", "10.0.40.10")
    assert covers_address("10.0.40.9-10.0.40.12", "10.0.40.10")
    assert not covers_address("10.0.40.11", "10.0.40.10")
    assert not covers_address("2001:db8::1", "10.0.40.10")
    assert covers_port("8000-9000", 8123) and covers_port("any", 1) and not covers_port(80, 8123)
    assert (span("80"), span("80-89"), span("any")) == (1, 10, 65535)
