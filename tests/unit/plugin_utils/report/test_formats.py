# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats for machines: held against their published schemas, and against the report they derive from."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import STATUSES, verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.formats import FILES, FORMATS, Background
from report_samples import CATALOGUE, control

SCHEMAS = Path(__file__).parents[3] / "schemas"
HOSTILE = '=cmd|"/c calc"!A1</failure><![CDATA[]]>\uffff\n "," \N{REPLACEMENT CHARACTER}é😀'
WAIVERS = [
    {"control": f"HW-ST-0{n}", "host": "ha", "home": None, "reason": HOSTILE, "owner": "o", "expires": expires}
    for n, expires in ((6, "2026-12-24"), (7, "2020-01-01"))
]


@pytest.fixture
def every_status(build):
    """A report with each status, and with texts that no format may stumble over."""
    wanted = [*STATUSES, "fail", "fail"]
    catalogue = {f"HW-ST-0{n}": control(f"HW-ST-0{n}") for n in range(1, 8)}
    said = [("ha", verdict(f"HW-ST-0{n}", status, *[HOSTILE] * 3)) for n, status in enumerate(wanted, 1)]
    document = build(*said, catalogue=catalogue, waivers=WAIVERS)
    assert all(document["summary"].values()) or document["summary"]["score"] == 0
    return document


def rendered(name, document, catalogue=CATALOGUE):
    return FORMATS[name].render(document, Background(catalogue=catalogue, inventory=("inv",)))


def schema(name):
    # Python's expressions do not know these classes of characters.
    text = (SCHEMAS / name).read_text(encoding="utf-8").replace(r"\\p{L}", r"[^\\W\\d_]").replace(r"\\p{N}", r"\\d")
    return json.loads(text)


VALID = {"sarif": "sarif-2.1.0.json", "oscal": "oscal-assessment-results-1.0.6.json"}


@pytest.mark.parametrize("name", VALID)
def test_it_is_valid(name, every_status, build):
    rules = schema(VALID[name])
    whole = load_catalogue()
    everything = build(catalogue=whole, members={"h": {each["applies_to"] for each in whole.values()}})
    checker = jsonschema.validators.validator_for(rules)(rules, format_checker=jsonschema.FormatChecker())
    for document in (every_status, everything, build(catalogue={}, members={})):
        checker.validate(json.loads(rendered(name, document, whole)))


@pytest.mark.parametrize("name", VALID)
def test_the_schema_would_refuse(name, every_status):
    rules, document = schema(VALID[name]), json.loads(rendered(name, every_status))
    document["more"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, rules)


def test_sarif_says_what_the_report_says(every_status):
    run = json.loads(rendered("sarif", every_status))["runs"][0]
    kinds = {each["properties"]["status"]: (each["kind"], each["level"]) for each in run["results"]}
    assert kinds == {
        "pass": ("pass", "none"),
        "fail": ("fail", "error"),
        "error": ("fail", "error"),
        "unknown": ("open", "none"),
        "not_applicable": ("notApplicable", "none"),
        "waived": ("fail", "error"),
        "waiver_expired": ("fail", "error"),
    }
    assert [each["properties"]["status"] for each in run["results"] if "suppressions" in each] == ["waived"]
    assert all(run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])


def test_oscal_is_satisfied_by_a_pass_only(every_status):
    result = json.loads(rendered("oscal", every_status))["assessment-results"]["results"][0]
    status = {each["target"]["target-id"]: each["target"]["status"]["state"] for each in result["findings"]}
    of = {each["id"]: each["status"] for each in every_status["controls"]}
    assert {of[each] for each, state in status.items() if state == "satisfied"} == {"pass"}
    assert set(of) - set(status) == {each for each in of if of[each] == "not_applicable"}
    assert len(result["observations"]) == len(of)
    risks = Counter(each["status"] for each in result["risks"])
    assert risks == {"open": 4, "deviation-approved": 1}
    assert rendered("oscal", every_status) == rendered("oscal", every_status)


def test_junit_skips_only_what_is_excused(every_status):
    root = ElementTree.fromstring(rendered("junit", every_status))
    cases = {case.get("name").split()[0]: [each.tag for each in case] for case in root.iter("testcase")}
    of = {each["id"]: each["status"] for each in every_status["controls"]}
    assert {of[each]: tags for each, tags in cases.items()} == {
        "pass": [],
        "fail": ["failure"],
        "waiver_expired": ["failure"],
        "error": ["error"],
        "unknown": ["error"],
        "waived": ["skipped"],
        "not_applicable": ["skipped"],
    }
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("7", "2", "2", "2")
    assert "ansible-playbook -i inv playbooks/site.yml --limit ha" in next(root.iter("failure")).text


def test_csv_holds_every_entry_and_no_formula(every_status):
    rows = list(csv.DictReader(io.StringIO(rendered("csv", every_status))))
    assert [(row["id"], row["status"]) for row in rows] == [(e["id"], e["status"]) for e in every_status["controls"]]
    assert not [cell for row in rows for cell in row.values() if re.match(r"[=+\-@\t\r]", cell)]
    assert rows[0]["actual"].lstrip("'") == every_status["controls"][0]["actual"]


def test_every_file_has_a_name_of_its_own():
    assert len({FORMATS[name].file for name in FILES}) == len(FILES) == 5
