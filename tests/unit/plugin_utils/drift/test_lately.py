# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.hearthwall.home.plugins.plugin_utils.drift.lately import DRIFT, judge, newest
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import store

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)


def left(directory, finished, mode="check", **tool):
    store(directory, {"schema": "hearthwall.report/1", "finished": finished, "mode": mode, "tool": tool})


def test_only_a_dry_run_that_was_scheduled_counts(tmp_path):
    home = tmp_path / "reports/home"
    left(home, "2026-11-21T04:00:00Z", started_by=DRIFT)
    left(home, "2026-11-22T04:00:00Z", mode="apply", started_by=DRIFT)
    left(home, "2026-11-23T04:00:00Z")
    assert newest(home) == datetime(2026, 11, 21, 4, tzinfo=timezone.utc)


def test_no_report_and_none_that_can_be_read_is_none(tmp_path):
    assert newest(tmp_path / "nowhere") is None
    (tmp_path / "20261123T040000Z-check.json").write_text(json.dumps({"schema": "another"}))
    assert newest(tmp_path) is None


@pytest.mark.parametrize(
    ("age", "status"),
    [(None, "unknown"), (0, "pass"), (36, "pass"), (36.1, "fail"), (-0.05, "pass"), (-1, "unknown")],
)
def test_old_is_a_finding_and_nothing_is_unknown(age, status):
    finished = None if age is None else NOW - timedelta(hours=age)
    assert judge(finished, 36, "reports/home", NOW)[0] == status
