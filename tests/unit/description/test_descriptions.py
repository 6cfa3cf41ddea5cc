# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.description.value_formats import FORMATS
from ansible_collections.hearthwall.home.plugins.module_utils.description.value_ranges import RANGES
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_argument_specs
from bad_descriptions import ABSENT, CASES, GOOD
from conftest import describe


def of_case(result, name):
    hosts = {f"{name}-ha", f"{name}-proxy"}
    return [each for each in result["problems"] if hosts & set(each["hosts"])]


def test_there_are_enough_of_them():
    assert len(CASES) >= 40


@pytest.mark.parametrize("name", CASES)
def test_a_bad_description_is_refused(bad, name):
    result, _output = bad
    assert result["failed"]
    _changes, variable, words = CASES[name][:3]
    told = {each["variable"]: f"{each['problem']} {each['fix']}" for each in of_case(result, name)}
    assert variable in told
    assert words in told[variable]
    assert f"- {variable} (" in result["msg"]


@pytest.mark.parametrize("name", sorted(set(CASES) - {"dns01_by_hand_without_scripts", "provided_without_files"}))
def test_and_nothing_else_is_said(bad, name):
    assert len({each["variable"].split("[")[0] for each in of_case(bad[0], name)}) == 1


def test_a_good_home_among_them_is_not_named(bad):
    assert of_case(bad[0], "other") == []


def test_no_secret_is_told(bad):
    result, output = bad
    assert "correct horse" not in str(result) + output
    assert "123456" not in str(result) + output


def test_a_good_description_passes(tmp_path):
    homes = {"one": ({}, None), "two": ({}, {"ansible_host": "10.0.10.1"})}
    result, _output = describe(tmp_path, homes)
    assert not result.get("failed") and result["homes"] == ["one", "two"] and result["problems"] == []


def test_a_dry_run_needs_no_credentials(tmp_path):
    assert not describe(tmp_path, {"one": ({"hearthwall_ha_admin": ABSENT}, None)}, "--check")[0].get("failed")


def test_a_limit_still_reads_the_whole_home(tmp_path):
    proxy = {"ansible_host": "10.0.10.1", "reverse_proxy_https_port": "443"}
    result, _output = describe(tmp_path, {"one": ({}, proxy), "two": (GOOD, proxy)}, "--limit", "one-ha")
    assert result["homes"] == ["one"]
    assert [(each["variable"], each["hosts"]) for each in result["problems"]] == [
        ("reverse_proxy_https_port", ["one-proxy"])
    ]


@pytest.mark.parametrize("place", [*FORMATS, *(each[0] for each in RANGES)])
def test_every_place_that_is_checked_is_declared(place):
    options = {name: option for spec in load_argument_specs().values() for name, option in spec.items()}
    for part in place.split("."):
        name = part.removesuffix("[]")
        assert name in options
        assert (options[name].get("type") == "list") == part.endswith("[]")
        options = options[name].get("options") or {}
