# SPDX-License-Identifier: GPL-3.0-or-later
"""What is repaired before the dry run is a partial run: it is neither the posture before nor the one after."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.hearthwall.home.plugins.plugin_utils.drift import __main__ as drift
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import store


def report(hour, score, partial=None, **statuses):
    controls = [
        {"id": each, "host": "ha", "title": "T", "status": status, "severity": "high", "row": "1", "role": "r"}
        for each, status in statuses.items()
    ]
    return {
        "schema": "hearthwall.report/1",
        "home": "lab",
        "mode": "apply" if partial else "check",
        "partial": partial,
        "finished": f"2026-11-23T{hour:02}:00:00Z",
        "summary": {"score": score},
        "controls": controls,
    }


PARTIAL = {"limited_by": ["--tags r"], "in_scope": 1, "left_out": 1, "score": 100}
BEFORE = report(1, 100, A="pass", B="pass")
REPAIR = report(2, 50, PARTIAL, A="pass", B="unknown")


@pytest.fixture
def watch(tmp_path, monkeypatch):
    """Return what is told when the two playbooks leave these reports behind, of a home that had some."""

    def watch(*left_behind, had=(BEFORE,)):
        told, runs = [], iter(left_behind)
        for document in had:
            store(tmp_path / "lab", document)

        def run(playbook, tags, arguments):
            document = next(runs)
            if document:
                store(tmp_path / "lab", document)

        monkeypatch.setattr(drift, "run", run)
        monkeypatch.setattr(drift, "tell", lambda message, apprise: told.append(message))
        given = ["--inventory", "x", "--home", "lab", "--reports", str(tmp_path), "--repair", "r"]
        monkeypatch.setattr(sys, "argv", ["hearthwall-drift", *given])
        drift.main()
        return told

    return watch


def test_a_repair_is_no_change_of_the_posture(watch):
    assert watch(REPAIR, report(3, 100, A="pass", B="pass")) == [None]


def test_a_change_is_told_against_the_last_whole_run(watch):
    [(title, text)] = watch(REPAIR, report(3, 50, A="pass", B="fail"))
    assert title == "The posture of lab changed: 100 → 50 of 100"
    assert text == "Open now: B on ha: T (pass → fail)"


def test_somebodys_partial_run_in_between_was_no_posture_either(watch):
    later = {**REPAIR, "finished": "2026-11-23T03:00:00Z"}
    assert watch(later, report(4, 100, A="pass", B="pass"), had=(BEFORE, REPAIR)) == [None]


def test_a_repair_alone_is_no_dry_run(watch):
    with pytest.raises(SystemExit):
        watch(REPAIR, None)
