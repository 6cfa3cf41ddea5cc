# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdicts about code: each control fails on what it is about, and on nothing else."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.vetting import judge, proposal
from ansible_collections.hearthwall.home.plugins.module_utils.vetting.plan import VettingPlan

TODAY = datetime.date(2026, 11, 23)
RECORD = {"source": "https://github.com/a/b", "archived": False, "updated": "2026-10-01", "version": "1.0"}


def item(**more):
    made = {"kind": "integrations", "name": "door", "path": "/config/custom_components/door", "version": "1.0"}
    made.update(sha256="a" * 64, oddities=[], shadows=False, blocked=None, record=dict(RECORD))
    made.update(more)
    return made


def entry(**more):
    return {"version": "1.0", "sha256": "a" * 64, "approved_by": "olivia", "approved_on": "2026-10-02", **more}


def judged(*items, approved=None, unknown=None, reviews=()):
    approved = {"integrations": {"door": entry()}} if approved is None else approved
    found = judge.Judgement({"items": list(items)}, approved, TODAY, 24, unknown or {}, reviews).verdicts()
    return {each["id"]: each for each in found}


def test_what_is_approved_passes_everywhere():
    found = judged(item())
    assert {each["status"] for each in found.values()} == {"pass"}
    assert list(found) == list(judge.EXPECTED)


CASES = [
    ("HW-VET-01", item(name="other", sha256="b" * 64), "other 1.0 is not listed"),
    ("HW-VET-02", item(sha256="b" * 64), "not what olivia approved on 2026-10-02"),
    ("HW-VET-03", item(sha256="b" * 64, version="1.1"), "door is 1.1, approved is 1.0"),
    ("HW-VET-04", item(shadows=True), "takes the place of a core integration"),
    ("HW-VET-05", item(blocked="crashes"), "Home Assistant: crashes"),
    ("HW-VET-05", item(record={**RECORD, "critical": "steals"}), "critical: steals"),
    ("HW-VET-05", item(record={**RECORD, "removed": True}), "taken out of the store"),
    ("HW-VET-06", item(record=None), "no known source"),
    ("HW-VET-07", item(record={**RECORD, "archived": True}), "archived"),
    ("HW-VET-07", item(record={**RECORD, "updated": "2024-01-01"}), "for 34 months"),
    ("HW-VET-08", item(oddities=["x.pyc: bytecode without its source"]), "x.pyc"),
    ("HW-VET-10", item(kind="frontend", name="https://cdn.example/x.js", remote=True, path=None, sha256=None), "cdn"),
]


@pytest.mark.parametrize("control, wrong, said", CASES)
def test_each_control_fails_and_passes(control, wrong, said):
    found = judged(wrong)[control]
    assert found["status"] == "fail" and said in found["actual"]
    assert judged(item())[control]["status"] == "pass"


def test_dangerous_calls_count_where_nobody_approved():
    changed = item(sha256="b" * 64)
    review = {"kind": "integrations", "name": "door", "calls": ["x.py:3 starts a program"], "complete": True}
    review.update(compared=True, changed=["x.py"])
    found = judged(changed, reviews=[review])
    assert found["HW-VET-09"]["status"] == "fail" and "x.py:3" in found["HW-VET-09"]["actual"]
    assert "(x.py)" in found["HW-VET-02"]["actual"]
    assert judged(changed, reviews=[{**review, "calls": []}])["HW-VET-09"]["status"] == "pass"
    assert judged(changed)["HW-VET-09"]["status"] == "unknown"


def test_what_could_not_be_seen_is_unknown():
    nobody_knows = judged(item(record={**RECORD, "updated": None}))["HW-VET-07"]
    assert nobody_knows["status"] == "unknown" and "not known" in nobody_knows["actual"]
    unknown = {"vetting.core": "not running", "vetting.commands": "no parser"}
    found = judged(item(shadows=None), unknown=unknown)
    assert [found[control]["status"] for control in ("HW-VET-01", "HW-VET-04", "HW-VET-05")] == ["unknown"] * 3
    assert judged(item(sha256=None, oddities=["cannot be read: x"]))["HW-VET-02"]["status"] == "unknown"
    assert {each["status"] for each in judge.undetermined({"vetting": "why"})} == {"unknown"}


def test_a_person_can_answer_for_source_and_age():
    bare = item(record=None)
    approved = {"integrations": {"door": entry(source="https://git.example/door", maintained_on="2026-09-01")}}
    assert judged(bare, approved=approved)["HW-VET-07"]["status"] == "pass"
    own = {"integrations": {"door": entry(source="own")}}
    found = judged(bare, approved=own)
    assert found["HW-VET-06"]["status"] == found["HW-VET-07"]["status"] == "pass"


def test_only_what_is_declared_goes_into_quarantine():
    items = [item(sha256="b" * 64), item(name="sun", shadows=True), item(kind="commands", name="x.y", path=None)]
    approved = {"integrations": {"door": entry(), "sun": entry()}}

    def plan(*reasons):
        made = VettingPlan({"items": items}, approved, TODAY, 24, reasons)
        return [each["item"]["name"] for each in made.aside]

    assert plan() == []
    assert plan("changed") == ["door"]
    assert plan("changed", "shadowing", "unlisted") == ["door", "sun"]


def test_a_copy_is_kept_of_what_is_approved_and_only_once():
    approved = {"integrations": {"door": entry()}}
    assert len(VettingPlan({"items": [item()]}, approved, TODAY, 24, []).keep) == 1
    assert not VettingPlan({"items": [item()], "kept": ["a" * 64]}, approved, TODAY, 24, [])


def test_a_proposal_approves_nothing():
    found = proposal.entries([item(), item(name="other", sha256="b" * 64)], {"integrations": {"door": entry()}}, TODAY)
    assert list(found["integrations"]) == ["other"]
    assert found["integrations"]["other"]["approved_by"].startswith("(")
