# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import date

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.judgement import open_controls, role_chosen

CATALOGUE = {
    "HW-A-01": {"id": "HW-A-01", "severity": "high", "applies_to": "router", "role": "a"},
    "HW-A-02": {"id": "HW-A-02", "severity": "low", "applies_to": "router", "role": "a"},
    "HW-B-01": {"id": "HW-B-01", "severity": "critical", "applies_to": "edge", "role": "b"},
}


def judge(verdicts, threshold="high", groups=("router",), in_question=lambda role: True):
    spoken = {each: {"status": status} for each, status in verdicts.items()}
    found = open_controls("h", "lab", groups, CATALOGUE, spoken, [], date(2026, 1, 1), threshold, in_question)
    return [(each["id"], each["status"]) for each in found]


def test_what_passes_is_not_open():
    assert judge({"HW-A-01": "pass", "HW-A-02": "not_applicable"}, "low") == []


@pytest.mark.parametrize("status", ["fail", "error", "unknown"])
def test_what_does_not_pass_is_open(status):
    assert judge({"HW-A-01": status}) == [("HW-A-01", status)]


def test_silence_is_open_unless_the_role_was_left_out():
    assert judge({}, "low") == [("HW-A-01", "unknown"), ("HW-A-02", "unknown")]
    assert judge({}, "low", in_question=lambda role: False) == []


def test_what_was_said_counts_even_so():
    assert judge({"HW-B-01": "fail"}, in_question=lambda role: False) == [("HW-B-01", "fail")]


def test_the_threshold_lets_the_lesser_through():
    assert judge({"HW-A-01": "pass", "HW-A-02": "fail"}) == []


def test_what_no_catalogue_declares_does_not_slip_through():
    assert ("HW-X-01", "fail") in judge({"HW-A-01": "pass", "HW-X-01": "fail"})


@pytest.mark.parametrize(
    ("run", "skip", "expected"),
    [
        (("all",), (), True),
        ((), (), True),
        (("a",), (), True),
        (("b",), (), False),
        (("tagged",), (), True),
        (("untagged",), (), False),
        (("all",), ("a",), False),
        (("all",), ("b",), True),
        (("a",), ("a",), False),
        (("all",), ("tagged",), False),
    ],
)
def test_role_chosen(run, skip, expected):
    assert role_chosen("a", run, skip) is expected
