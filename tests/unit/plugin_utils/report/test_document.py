# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.changes import compare
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.findings import open_findings, repair_command

KEYS = (
    "id title severity row role host status expected actual evidence remedy references waiver changed in_scope".split()  # noqa: SIM905
)


def by_place(document):
    return {(each["id"], each["host"]): each for each in document["controls"]}


def test_every_control_of_the_groups_answers_in_the_contracted_shape(build, fail):
    document = build(("ha", fail))
    assert list(document) == [
        "schema",
        "home",
        "mode",
        "partial",
        "profile",
        "left_out",
        "started",
        "finished",
        "tool",
        "summary",
        "controls",
        "networks",
    ]
    assert (document["schema"], document["started"]) == ("hearthwall.report/1", "2026-11-23T14:41:00Z")
    assert all(list(each) == KEYS for each in document["controls"])
    assert [(each["row"], each["id"], each["host"]) for each in document["controls"]] == [
        ("1", "HW-MFA-01", "ha"),
        ("1", "HW-MFA-02", "ha"),
        ("2", "HW-NET-01", "gate"),
        ("2c", "HW-TLS-01", "ha"),
    ]
    assert document["summary"] == {
        **dict.fromkeys(("pass", "error", "not_applicable", "waived", "waiver_expired", "score"), 0),
        "fail": 1,
        "unknown": 3,
    }
    json.dumps(document)


def test_silence_is_unknown_with_its_reason(build):
    entry = by_place(build())[("HW-NET-01", "gate")]
    assert (entry["status"], entry["actual"]) == ("unknown", "nobody looked at gate")


def test_what_was_said_outside_the_group_or_the_catalogue_is_kept(build):
    document = build(("gate", verdict("HW-MFA-01", "pass")), ("ha", verdict("HW-XYZ-01", "fail")))
    places = by_place(document)
    assert places[("HW-MFA-01", "gate")]["status"] == "pass"
    assert places[("HW-XYZ-01", "ha")]["title"] == "HW-XYZ-01 (in no role's catalogue)"
    assert document["controls"][-1]["id"] == "HW-XYZ-01"


def test_waivers_excuse_and_expire(build, fail):
    waiver = {"control": "HW-MFA-01", "host": "ha", "home": None, "reason": "r", "owner": "o", "expires": "2026-11-23"}
    entry = by_place(build(("ha", fail), waivers=[waiver]))[("HW-MFA-01", "ha")]
    assert entry["status"] == "waived" and entry["waiver"] == {"reason": "r", "owner": "o", "expires": "2026-11-23"}
    late = by_place(build(("ha", fail), waivers=[waiver], today=date(2026, 11, 24)))[("HW-MFA-01", "ha")]
    assert late["status"] == "waiver_expired" and late["waiver"]["owner"] == "o"
    passed = by_place(build(("ha", verdict("HW-MFA-01", "pass")), waivers=[waiver]))[("HW-MFA-01", "ha")]
    assert passed["status"] == "pass" and passed["waiver"] is None


def test_texts_are_printable_and_bounded(build):
    evil = verdict("HW-MFA-01", "fail", "a\x1b[31mb\u202ec\ud800", "x" * 10_000, "line\nline\ttab")
    entry = by_place(build(("ha", evil)))[("HW-MFA-01", "ha")]
    assert entry["expected"] == "a\N{REPLACEMENT CHARACTER}[31mb\N{REPLACEMENT CHARACTER}c\N{REPLACEMENT CHARACTER}"
    assert len(entry["actual"]) < 4100 and entry["evidence"] == "line\nline\ttab"


def test_open_findings_come_worst_first_with_a_command(build, fail):
    found = open_findings(build(("ha", fail), ("ha", verdict("HW-MFA-02", "pass"))))
    assert [each["id"] for each in found] == ["HW-MFA-01", "HW-NET-01", "HW-TLS-01"]
    assert repair_command(found[0], ["my homes/hosts.yml"]) == (
        "ansible-playbook -i 'my homes/hosts.yml' playbooks/site.yml --limit ha --tags accounts"
    )


def test_changes_between_two_reports(build, fail):
    before = build(("ha", fail), ("ha", verdict("HW-MFA-02", "pass")))
    after = build(("ha", verdict("HW-MFA-01", "pass")), ("ha", verdict("HW-MFA-02", "fail")))
    changes = compare(before, after)
    assert [(each["id"], each["was"], each["is"]) for each in changes["closed"]] == [("HW-MFA-01", "fail", "pass")]
    assert [(each["id"], each["was"], each["is"]) for each in changes["opened"]] == [("HW-MFA-02", "pass", "fail")]
    assert changes["score"] == after["summary"]["score"] - before["summary"]["score"]


def test_every_key_is_documented(build, build_partial):
    text = (Path(__file__).parents[4] / "docs/report.md").read_text(encoding="utf-8")
    for key in (*build(), *KEYS, *build_partial()["partial"]):
        assert f"`{key}`" in text or f'"{key}"' in text, key
