# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.score import score


def entries(*pairs):
    return [{"severity": severity, "status": status} for severity, status in pairs]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((), 0),
        ((("low", "waived"), ("high", "not_applicable")), 0),
        ((("critical", "pass"), ("low", "pass")), 100),
        ((("critical", "pass"), ("critical", "fail")), 50),
        ((("critical", "fail"), ("low", "pass")), 9),
        ((("high", "pass"), ("high", "unknown")), 50),
        ((("high", "pass"), ("high", "error")), 50),
        ((("high", "pass"), ("high", "waiver_expired")), 50),
        ((("high", "pass"), ("high", "waived")), 100),
        ((*(("critical", "pass"),) * 99, ("low", "fail")), 99),
    ],
)
def test_score(found, expected):
    assert score(entries(*found)) == expected


def test_a_severity_that_is_not_known_weighs_as_the_worst():
    assert score(entries(("critical", "pass"), ("dire", "fail"))) == 50
