# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions, the policy, the table of advisories: what is due and what waits."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml
from ansible_collections.hearthwall.home.plugins.module_utils.updates import advisories, versions
from ansible_collections.hearthwall.home.plugins.module_utils.updates.rules import Rules

TODAY = datetime.date(2026, 11, 23)
TABLE = Path(__file__).parents[4] / "roles/updates/files/advisories.yml"


def core(latest="2026.11.2", **more):
    made = {"kind": "core", "name": "homeassistant", "installed": "2026.2.3", "latest": latest, "security": False}
    return {**made, "first_seen": "2026-11-01", **more}


def decide(update, **rules):
    return Rules(rules, TODAY).decide(update)


@pytest.mark.parametrize(
    ("first", "second"),
    [("2026.2.3", "2026.11.0"), ("2026.11.0b3", "2026.11.0"), ("2025.12.5", "2026.1.0"), ("2026.3", "2026.03.2")],
)
def test_versions_are_compared_as_numbers(first, second):
    assert versions.older(first, second) and not versions.older(second, first) and not versions.older(first, first)


def test_what_is_no_version_is_not_compared():
    assert versions.older("unknown", "2026.1.0") is None and versions.key("1.2.3.4") is None


def test_an_old_enough_release_is_due():
    assert decide(core()) == (True, "out for 22 days")


@pytest.mark.parametrize(
    ("update", "rules", "said"),
    [
        (core(first_seen="2026-11-20"), {}, "out for 3 of 7 days"),
        (core(first_seen=None), {}, "not known yet"),
        (core("2026.12.0"), {}, "first of its month"),
        (core("2026.12.0b1"), {"skip_first_of_month": False}, "a beta"),
        (core(), {"hold": ["core"]}, "held by core"),
        (core(), {"hold": ["core/homeassistant@2026.11.*"]}, "held by"),
        (core(), {"breaks": {"2026.11.2": "the heating"}}, "the heating"),
        ({**core(), "kind": "integration", "name": "Frigate"}, {"hold": ["integration/Fri*"]}, "held by"),
    ],
)
def test_what_waits_says_why(update, rules, said):
    due, why = decide(update, **rules)
    assert not due and said in why


def test_what_may_not_wait_does_not():
    young = core(first_seen="2026-11-23")
    assert decide(young, min_age_days=0) == (True, "no waiting time")
    assert decide(young, allow=["core"])[0]
    assert decide(core("2026.12.0b1"), channel="beta")[0]
    assert decide({**young, "kind": "package", "name": "openssl", "security": True}) == (True, "a security update")
    assert not decide({**young, "kind": "package", "name": "openssl", "security": True}, hold=["package/open*"])[0]


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [("2026-11-23T02:30", True), ("2026-11-23T04:00", False), ("2026-11-24T02:30", False), ("2026-11-22T23:30", False)],
)
def test_the_maintenance_window(moment, is_open):
    rules = Rules({"window": {"days": ["mon"], "from": "02:00", "to": "04:00"}}, TODAY)
    assert (rules.open_window(datetime.datetime.fromisoformat(moment)) is None) == is_open


def test_a_window_over_midnight_belongs_to_the_evening_it_began():
    rules = Rules({"window": {"days": ["sun"], "from": "23:00", "to": "03:00"}}, TODAY)
    for moment, is_open in (("2026-11-22T23:30", True), ("2026-11-23T02:00", True), ("2026-11-22T02:00", False)):
        assert (rules.open_window(datetime.datetime.fromisoformat(moment)) is None) == is_open


@pytest.fixture(scope="module")
def table():
    return advisories.checked(yaml.safe_load(TABLE.read_text()))


def test_the_table_is_well_formed_and_dated(table):
    assert len(table["advisories"]) >= 15 and datetime.date.fromisoformat(table["as_of"])
    assert len({entry["id"] for entry in table["advisories"]}) == len(table["advisories"])
    assert {entry["component"] for entry in table["advisories"]} == {"core", "supervisor"}


def test_advisories_apply_until_the_fixed_release(table):
    found = advisories.applying(table, "core", "2026.2.3")
    assert {entry["id"] for entry in found} == {"CVE-2026-91130", "CVE-2026-64824", "CVE-2026-64825", "CVE-2026-54317"}
    assert advisories.fixed_in(found) == "2026.7.0"
    assert advisories.applying(table, "core", "2026.7.0") == []
    # Only from the release on that brought it.
    assert "CVE-2025-62172" not in {entry["id"] for entry in advisories.applying(table, "core", "2024.12.5")}
    assert "CVE-2025-62172" in {entry["id"] for entry in advisories.applying(table, "core", "2025.10.1")}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"as_of": "2026-01-01"},
        {"as_of": "2026-01-01", "advisories": [{"id": "CVE-1"}]},
        {
            "as_of": "2026-01-01",
            "advisories": [dict.fromkeys(advisories.FIELDS, "x") | {"fixed": "soon", "source": "https://x"}],
        },
    ],
)
def test_a_malformed_table_is_refused(broken):
    with pytest.raises(advisories.Malformed):
        advisories.checked(broken)
