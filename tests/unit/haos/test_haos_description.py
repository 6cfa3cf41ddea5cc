# SPDX-License-Identifier: GPL-3.0-or-later
"""Which descriptions of a host with Home Assistant OS are refused."""

from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.catalogue import answering
from ansible_collections.hearthwall.home.plugins.module_utils.description.haos import check
from ansible_collections.hearthwall.home.plugins.module_utils.description.home import DescribedHome, DescribedHost

GIVEN = {"hearthwall_ha_url": "http://192.168.1.10", "hearthwall_ha_token": "a.b.c"}


def problems(given, *groups):
    host = DescribedHost("green", answering({"haos", *groups}), {**GIVEN, **given})
    return [(each["variable"], each["problem"]) for each in check(DescribedHome("flat", [host]))]


def test_a_description_with_address_and_token_is_enough():
    assert problems({}) == []


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        ({"hearthwall_ha_url": None}, "hearthwall_ha_url"),
        ({"hearthwall_ha_url": "192.168.1.10"}, "hearthwall_ha_url"),
        ({"hearthwall_ha_token": None}, "hearthwall_ha_token"),
        ({"apps_declared": {"tailscale": {"sate": "started"}}}, "apps_declared.tailscale.sate"),
        ({"apps_declared": {"x": {"state": "running"}}}, "apps_declared.x.state"),
        (
            {"apps_declared": {"tailscale": {"options": {"share_homeassistant": "funnel"}}}},
            "apps_declared.tailscale.options.share_homeassistant",
        ),
    ],
)
def test_each_mistake_is_told(given, variable):
    assert [name for name, _words in problems(given)] == [variable]


def test_an_administrator_does_instead_of_a_token():
    assert problems({"hearthwall_ha_token": None, "hearthwall_ha_admin": {"username": "a", "password": "b"}}) == []


@pytest.mark.parametrize("group", ["router", "edge", "backup_store", "wireguard"])
def test_nothing_else_is_asked_of_the_device(group):
    assert "nothing can be run" in problems({}, group)[0][1]
