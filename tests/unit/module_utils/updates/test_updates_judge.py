# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdicts about updates, and what of a difference after an update is not acceptable."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.updates import judge, look, wellness
from ansible_collections.hearthwall.home.plugins.module_utils.updates.rules import Rules

NOW = datetime.datetime(2026, 11, 23, 20, tzinfo=datetime.timezone.utc)
TABLE = {
    "as_of": "2026-11-01",
    "advisories": [
        {
            "id": "CVE-1",
            "component": "core",
            "fixed": "2026.7.0",
            "severity": "high",
            "title": "a hole",
            "source": "https://example.org/",
        }
    ],
}
ISSUE = {"domain": "door", "issue_id": "x", "severity": "warning", "breaks_in_ha_version": None, "ignored": False}


def release(version="2026.12.3"):
    return {"version": version, "path": f"/releases/{version}", "kind": "root"}


def value(**more):
    made = {"pending": [], "releases": [], "lists_age_hours": 5, "reboot_required": False, "seen": {}, "unfinished": []}
    made["unattended"] = {"lists": "1", "upgrade": "1", "security": True, "reboot": "false"}
    made["asked"] = {"when": "2026-11-23T08:00:00Z", "version": "2026.11.0", "issues": [], "updates": []}
    return {**made, **more}


def asked(*issues):
    return {"when": "2026-11-23T08:00:00Z", "version": "2026.11.0", "issues": list(issues), "updates": []}


def judged(held, version="2026.11.0", unknown=None, **rules):
    found = judge.Judgement(held, version, Rules(rules, NOW.date()), TABLE, unknown or {}, NOW).verdicts()
    return {each["id"]: each for each in found}


def test_a_home_that_keeps_up_passes_everywhere():
    found = judged(value())
    assert {each["status"] for each in found.values()} == {"pass"} and list(found) == list(judge.EXPECTED)


PACKAGE = {"kind": "package", "name": "openssl", "installed": "1", "latest": "2", "url": None, "security": True}
CASES = [
    ("HW-UPD-02", value(releases=[release()]), "2026.11.0 → 2026.12.3"),
    ("HW-UPD-03", value(unattended={"lists": "0", "upgrade": "1", "security": True}), "switched off"),
    ("HW-UPD-03", value(unattended={"lists": "1", "upgrade": "1", "security": False}), "no security archive"),
    ("HW-UPD-04", value(pending=[PACKAGE]), "openssl 1 → 2"),
    ("HW-UPD-04", value(reboot_required=True), "restart"),
    ("HW-UPD-05", value(asked=asked({**ISSUE, "severity": "error"})), "error: door: x"),
    ("HW-UPD-05", value(asked=asked({**ISSUE, "breaks_in_ha_version": "2026.11.0"})), "breaks in 2026.11.0"),
    ("HW-UPD-06", value(unfinished=[{"id": "1", "phase": "copied", "from": "1", "to": "2"}]), "while it was copied"),
]


@pytest.mark.parametrize(("control", "wrong", "said"), CASES)
def test_each_control_of_updates_fails_and_passes(control, wrong, said):
    found = judged(wrong, min_age_days=0)[control]
    assert found["status"] == "fail" and said in found["actual"]
    assert judged(value())[control]["status"] == "pass"


def test_an_old_release_has_advisories():
    found = judged(value(), "2026.2.3")["HW-UPD-01"]
    assert found["status"] == "fail" and "2026.7.0 has all the fixes" in found["actual"] and "CVE-1" in found["actual"]


def test_what_could_not_be_seen_is_unknown():
    assert judged(value(), None)["HW-UPD-01"]["status"] == "unknown"
    assert judged(value(releases=None))["HW-UPD-02"]["status"] == "unknown"
    assert judged(value(unattended=None))["HW-UPD-03"]["status"] == "unknown"
    assert judged(value(), unknown={"updates.packages": "no lists"})["HW-UPD-04"]["status"] == "unknown"
    assert judged(value(lists_age_hours=24 * 9))["HW-UPD-04"]["status"] == "unknown"
    assert judged(value(asked=None))["HW-UPD-05"]["status"] == "unknown"
    assert judged(value(), "2026.11.1")["HW-UPD-05"]["status"] == "unknown"
    assert {each["status"] for each in judge.undetermined({})} == {"unknown"}


def test_what_breaks_later_or_was_set_aside_is_no_finding():
    later = asked({**ISSUE, "breaks_in_ha_version": "2027.2.0"})
    aside = asked({**ISSUE, "severity": "error", "ignored": True})
    assert judged(value(asked=later))["HW-UPD-05"]["status"] == "pass"
    assert judged(value(asked=aside))["HW-UPD-05"]["status"] == "pass"
    # The release that comes next brings it closer.
    near = value(asked=later, releases=[release("2027.2.1")], seen={})
    assert judged(near, min_age_days=0)["HW-UPD-05"]["status"] == "fail"


def test_the_newest_release_that_is_due_is_chosen():
    held = value(releases=[release("2026.12.0"), release("2026.11.4"), release("2026.10.1")])
    updates = judge.pending(held, "2026.11.0")
    assert [update["latest"] for update in updates] == ["2026.11.4", "2026.12.0"]
    chosen, waiting = judge.next_release(updates, Rules({"min_age_days": 0}, NOW.date()))
    assert chosen["latest"] == "2026.11.4" and waiting == ["2026.12.0 waits: 2026.12.0 is the first of its month"]


def test_update_entities_are_told_as_they_are():
    told = {
        "entity_id": "update.frigate",
        "state": "on",
        "attributes": {"title": "Frigate", "installed_version": "1", "latest_version": "2", "release_url": None},
    }
    assert look.entity(told)["name"] == "Frigate" and look.entity({**told, "state": "off"}) is None
    assert look.entity({**told, "attributes": {**told["attributes"], "latest_version": ""}}) is None
    of_core = {**told, "attributes": {**told["attributes"], "title": "Home Assistant Core"}}
    assert look.entity(of_core)["kind"] == "core" and look.entity({**told, "entity_id": "sun.sun"}) is None


def test_apts_simulation_is_read():
    text = (
        "Inst libc6 [2.41-12] (2.41-13 Debian-Security:13/stable-security [amd64]) [libc6-dev:amd64 ]\n"
        "Inst vim [1] (2 Debian:13.2/stable [amd64])\nInst new (3 Debian:13.2/stable [amd64])\nConf vim (2 x)\n"
    )
    assert [(found["name"], found["security"]) for found in look.parse(text)] == [("libc6", True), ("vim", False)]


BEFORE = {
    "components": ["sun", "door"],
    "entries": {"1": ["door", "loaded"], "2": ["old", "setup_error"]},
    "entities": 100,
    "issues": [],
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"components": ["sun"]}, "no longer loaded: door"),
        ({"entries": {"1": ["door", "setup_error"]}}, "the entry of door was loaded and is setup_error"),
        ({"entries": {}}, "is gone"),
        ({"entities": 80}, "80 of 100 entities"),
        ({"issues": [{**ISSUE, "severity": "critical"}]}, "new repairs: door: x"),
    ],
)
def test_what_an_update_may_not_do(change, said):
    (complaint,) = wellness.complaints(BEFORE, {**BEFORE, **change})
    assert said in complaint


def test_what_an_update_may_do():
    after = {**BEFORE, "components": ["sun", "door", "new"], "entities": 95, "issues": [ISSUE]}
    assert wellness.complaints(BEFORE, after) == []
    assert wellness.complaints(BEFORE, {**BEFORE, "components": ["sun"]}, ["door"]) == []
    kept = {**BEFORE, "issues": [{**ISSUE, "severity": "error"}]}
    assert wellness.complaints(kept, kept) == []
