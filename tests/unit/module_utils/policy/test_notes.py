# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.notes import notes
from example_policies import HOME, SMALL, TODAY, changed


def noted(document, today=TODAY):
    return {each["key"].partition(".")[2]: each["note"] for each in notes(load(document, today), today)}


def test_a_flow_that_has_ended_is_told():
    assert "ended on 2026-08-31, and is closed" in noted(HOME)["flows[6]"]


def test_a_flow_that_ends_soon_is_told():
    assert "flows[0]" not in noted(HOME)
    assert noted(HOME, datetime.date(2027, 2, 15))["flows[0]"] == "ends on 2027-03-01 (sensors publish)"


@pytest.mark.parametrize(
    ("document", "key", "words"),
    [
        (changed(("zones.guest.cidr6", None)), "zones.guest", "has no cidr6"),
        (changed(("hosts.ha.ip6", None)), "hosts.ha", "in IPv4 alone"),
        (HOME, "reflect[0]", "that hearthwall_policy.never[0] keeps apart"),
    ],
)
def test_what_is_worth_a_word(document, key, words):
    assert words in noted(document)[key]


def test_a_home_of_ip4_alone_is_no_matter():
    assert noted(SMALL) == {}
