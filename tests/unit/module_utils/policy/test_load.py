# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import PolicyError, load, read
from bad_policies import CASES
from example_policies import HOME, SMALL, TODAY, changed


def told(document):
    return {each["variable"]: f"{each['problem']} {each['fix']}" for each in read(document, TODAY)[1]}


def test_there_are_enough_of_them():
    assert len(CASES) >= 40


@pytest.mark.parametrize("name", CASES)
def test_a_bad_policy_is_refused(name):
    changes, key, words = CASES[name]
    found = told(changed(*changes))
    assert f"hearthwall_policy.{key}" in found
    assert words in found[f"hearthwall_policy.{key}"]


@pytest.mark.parametrize("name", sorted(set(CASES) - {"no_zones", "interface_no_name"}))
def test_and_nothing_else_is_said(name):
    assert len(told(changed(*CASES[name][0]))) == 1


def test_everything_is_said_at_once():
    """Every mistake that can be made beside the others is told in one go."""
    together = ["flow_to_unknown", "vlan_twice", "host_outside_its_zone", "manage_missing", "forward_to_unknown"]
    together += ["reflect_unknown_service", "service_malformed", "never_to_unknown"]
    document = changed(*(change for name in together for change in CASES[name][0]))
    assert {f"hearthwall_policy.{CASES[name][1]}" for name in together} <= set(told(document))
    with pytest.raises(PolicyError) as error:
        load(document, TODAY)
    assert str(error.value).count("hearthwall_policy.") >= len(together)


@pytest.mark.parametrize("document", [HOME, SMALL])
def test_a_good_policy_is_taken(document):
    assert read(document, TODAY)[1] == []


@pytest.mark.parametrize("document", [None, [], "x", 5, True, {"zones": None}, {"zones": []}, {"flows": [None, 5, []]}])
def test_nothing_breaks_the_loader(document):
    assert read(document, TODAY)[1]


def test_a_flow_ends_after_its_last_day():
    last = datetime.date(2027, 3, 1)
    assert "hearthwall_policy.flows[0]" in [flow.key for flow in load(HOME, last).flows]
    after = load(HOME, last + datetime.timedelta(days=1))
    assert "hearthwall_policy.flows[0]" in [flow.key for flow in after.expired]
    assert "hearthwall_policy.flows[0]" not in [flow.key for flow in after.flows]


def test_yaml_may_have_made_a_date_of_it():
    assert load(changed(("flows.0.until", datetime.date(2027, 3, 1))), TODAY) == load(HOME, TODAY)


def test_interfaces_come_from_the_backend_where_the_description_names_none():
    policy = load(changed(("zones.iot.interface", None)), TODAY)
    assert policy.without_interface() == ("iot",)
    policy = policy.with_interfaces({"iot": ["br0.20"], "trusted": ["x"]})
    assert policy.zone_of("br0.20").name == "iot" and policy.zone_of("x") is None


def test_the_routers_own_addresses_are_the_first_ones():
    zone = load(HOME, TODAY).zones["servers"]
    assert (str(zone.address4), str(zone.address6)) == ("10.0.40.1", "2001:db8:40::1")
