# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that left controls out says so, and nothing takes it for how the home stands."""

from __future__ import annotations

import json
import re

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.drift.posture import entities
from ansible_collections.hearthwall.home.plugins.plugin_utils.report import overview, page, terminal
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.changes import compare
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.findings import open_findings
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.formats import FILES, FORMATS, Background
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.history import history, remember
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import (
    dated_copies,
    partial_copies,
    posture,
    postures,
    previous,
    store,
)
from report_samples import CATALOGUE

PASSES = [("ha", verdict(each, "pass")) for each in ("HW-MFA-01", "HW-MFA-02", "HW-TLS-01")]
SENTENCE = (
    "Partial run (--limit ha): it was to look at 3 of 4 controls and says nothing of the others,"
    " so this is not the home's score."
)


def at(hour, document):
    return {**document, "finished": f"2026-11-23T{hour:02}:00:00Z"}


def places(entries):
    return [(each["id"], each["host"]) for each in entries]


def test_the_report_says_what_limited_it_and_scores_what_it_saw(build, build_partial):
    document = build_partial(*PASSES)
    assert document["partial"] == {"limited_by": ["--limit ha"], "in_scope": 3, "left_out": 1, "score": 100}
    assert places(document["controls"]) == places(build()["controls"])
    [out] = [each for each in document["controls"] if not each["in_scope"]]
    assert (out["id"], out["status"], out["actual"]) == ("HW-NET-01", "unknown", "nobody looked at gate")
    # Its contract holds: what was not seen counts against it.
    assert document["summary"] == build(*PASSES)["summary"] and document["summary"]["score"] == 80


def test_a_limit_that_leaves_nothing_out_makes_a_whole_run(build):
    document = build(*PASSES, left_out=lambda host, control: "")
    assert document["partial"] is None and document == build(*PASSES)


def test_what_spoke_all_the_same_was_looked_at(build_partial):
    document = build_partial(*PASSES, ("gate", verdict("HW-NET-01", "fail")))
    assert document["partial"] is None


def test_what_could_not_be_seen_is_open_and_what_was_left_out_is_not(build_partial):
    document = build_partial(*PASSES[:2])
    assert places(open_findings(document)) == [("HW-TLS-01", "ha")]


def test_nothing_in_scope_has_no_score(build):
    document = build(left_out=lambda host, control: "--tags none")
    assert document["partial"]["score"] is None
    assert "score –/100" in terminal.text(document)
    assert "Nothing was judged" in page.render(document, CATALOGUE)


def test_the_terminal_says_so_beside_the_score(build, build_partial):
    lines = terminal.text(build_partial(*PASSES)).splitlines()
    assert lines[1:4] == ["HEARTHWALL  lab  partial dry run  score 100/100", f"  {SENTENCE}", "  3 pass"]
    assert "artial" not in terminal.text(build(*PASSES))
    several = terminal.render_many([build(*PASSES), build_partial(*PASSES)], "reports")
    assert [line for line, _colour in several if "artial" in line] == [f"{'':11}{SENTENCE}"]


def test_the_page_says_so_beside_the_score(build, build_partial):
    before = at(1, build())
    text = page.render(build_partial(*PASSES), CATALOGUE, before=before)
    assert SENTENCE.replace("'", "&#39;") in text
    assert "<title>lab: partial run" in text and "Partial dry run" in text
    assert "<strong>100</strong><span>of 100, this part</span>" in text
    assert "a dry run on 23 November 2026, 01:00 UTC: <strong>0 of 100</strong>" in text
    assert "Nothing is open in this part" in text and "Not looked at in this run" in text
    assert text.count('data-host="') == 4 and "nobody looked at gate" in text
    assert "No whole run of this home is known." in page.render(build_partial(*PASSES), CATALOGUE)
    whole = page.render(build(*PASSES), CATALOGUE, before=before)
    assert "artial" not in whole.split("</style>")[1] and "Not looked at in this run" not in whole


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_it(build_partial, name):
    assert FORMATS[name].render(build_partial(*PASSES), Background(CATALOGUE))


def test_formats_for_machines_say_so(build_partial):
    document = build_partial(*PASSES)
    assert SENTENCE in FORMATS["oscal"].render(document, Background(CATALOGUE))
    sarif = json.loads(FORMATS["sarif"].render(document, Background(CATALOGUE)))
    assert sarif["runs"][0]["invocations"][0]["properties"]["partial"] == document["partial"]
    assert set(FILES) < set(FORMATS)


def test_it_is_compared_in_what_it_looked_at_only(build, build_partial, fail):
    before = build(("ha", fail), *PASSES[1:], ("gate", verdict("HW-NET-01", "pass")))
    changes = compare(before, build_partial(*PASSES[:2]))
    assert places(changes["closed"]) == [("HW-MFA-01", "ha")]
    assert places(changes["opened"]) == [("HW-TLS-01", "ha")]
    assert changes["moved"] == [] and changes["score"] is None
    before["controls"].append({**before["controls"][0], "id": "HW-OLD-01", "status": "fail"})
    assert places(compare(before, build_partial(*PASSES[:2]))["closed"]) == [("HW-MFA-01", "ha")]


def test_how_the_home_stands_is_its_newest_whole_run(tmp_path, build, build_partial):
    store(tmp_path / "lab", at(1, build_partial(mode="apply")))
    assert posture(tmp_path / "lab") is None and previous(tmp_path / "lab", "2027") is None
    assert [each["finished"][11:13] for each in postures(tmp_path)] == ["01"]
    for hour, document in ((2, build()), (3, build(*PASSES)), (4, build_partial(mode="apply")), (5, build_partial())):
        store(tmp_path / "lab", at(hour, document))
    assert posture(tmp_path / "lab")["finished"] == "2026-11-23T03:00:00Z"
    assert previous(tmp_path / "lab", "2026-11-23T05:00:00Z")["finished"] == "2026-11-23T03:00:00Z"
    assert [each["summary"]["score"] for each in postures(tmp_path)] == [80]
    shown = entities(posture(tmp_path / "lab"))
    assert (shown["sensor.hearthwall_score"][0], shown["sensor.hearthwall_last_run"][0][11:13]) == (80, "03")


def test_the_overview_has_no_score_for_a_home_without_a_whole_run(build, build_partial):
    text = overview.render([{**build(*PASSES), "home": "a"}, {**build_partial(*PASSES), "home": "b"}])
    assert re.findall(r"<b>(.*?)</b>", text) == ["–", "80"]
    assert text.count("No whole run yet. In the part last looked at: nothing open") == 1


def test_the_history_is_of_whole_runs_and_they_outlast_partial_ones(tmp_path, build, build_partial):
    for hour in range(12):
        store(tmp_path, at(hour, build(*PASSES) if hour in (3, 5) else build_partial()))
        remember(tmp_path, keep=2)
    assert [each["finished"][11:13] for each in history(tmp_path)] == ["03", "05"]
    assert [path.name[9:11] for path in dated_copies(tmp_path)] == ["03", "05"]
    assert [path.name[9:11] for path in partial_copies(tmp_path)] == ["10", "11"]
    assert posture(tmp_path)["finished"] == "2026-11-23T05:00:00Z"


def test_a_partial_run_of_the_same_second_leaves_the_whole_one(tmp_path, build, build_partial):
    store(tmp_path, build(*PASSES))
    store(tmp_path, build_partial(*PASSES))
    assert posture(tmp_path) == build(*PASSES)


def test_a_report_from_before_there_were_partial_ones_is_whole(tmp_path, build):
    old = build(*PASSES)
    del old["partial"]
    for each in old["controls"]:
        del each["in_scope"]
    store(tmp_path, old)
    assert posture(tmp_path) == old and len(history(tmp_path)) == 1
    assert compare(old, build(*PASSES))["score"] == 0
    assert "80</strong><span>of 100</span>" in page.render(old, CATALOGUE)
