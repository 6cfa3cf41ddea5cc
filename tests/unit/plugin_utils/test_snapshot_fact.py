# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot comes back from its fact as it went in."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.snapshot_fact import pack, unpack

SNAPSHOT = {"schema": "s", "system": {"hostname": "ha"}, "paths": {"/a": {"type": "file"}}, "firewall": None}


def test_what_goes_in_comes_out():
    assert unpack(pack(SNAPSHOT)) == SNAPSHOT


def test_a_snapshot_that_is_not_packed_is_left_alone():
    assert unpack(SNAPSHOT) is SNAPSHOT
    assert unpack({}) == {}


def test_templates_still_see_the_parts_they_ask_for_and_the_bulk_is_one_value():
    fact = pack(SNAPSHOT)
    assert fact["system"] == {"hostname": "ha"}
    assert isinstance(fact["bulk"], str) and "paths" not in fact
