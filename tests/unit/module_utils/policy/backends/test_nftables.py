# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.nftables import compiled
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from example_policies import HOME, SMALL, TODAY, changed
from kernel import ruleset_of


@pytest.mark.parametrize("document", [HOME, SMALL])
def test_the_kernel_takes_it(document):
    assert ruleset_of(compiled(load(document, TODAY)))


def test_it_takes_the_place_of_what_was_there():
    text = compiled(load(HOME, TODAY))
    once, twice = ruleset_of(text), ruleset_of(text, text)
    assert len(once["nftables"]) == len(twice["nftables"])


def test_the_text_depends_on_the_policy_alone():
    assert compiled(load(HOME, TODAY)) == compiled(load(copy.deepcopy(HOME), TODAY))


@pytest.mark.parametrize("why", ['say "hi"', "a\nb\\", "ä" * 200, "} accept"])
def test_no_comment_breaks_the_text(why):
    ruleset_of(compiled(load(changed(("flows.0.why", why)), TODAY)))


def test_a_zone_without_interface_is_refused():
    with pytest.raises(ValueError, match="interfaces of iot"):
        compiled(load(changed(("zones.iot.interface", None)), TODAY))


def test_the_comment_says_why_and_until_when():
    assert 'comment "sensors publish (until 2027-03-01)"' in compiled(load(HOME, TODAY))
