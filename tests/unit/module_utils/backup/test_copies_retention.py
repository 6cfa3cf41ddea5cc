# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.backup import retention

DAY = 86400
NOW = 1_795_400_000
NIGHTLY = {f"night-{number:03}": NOW - number * DAY for number in range(400)}


def test_the_last_of_each_day_week_and_month_stays():
    keep = retention.kept(NIGHTLY, daily=14, weekly=8, monthly=12)
    assert {f"night-{number:03}" for number in range(14)} <= keep
    assert 14 + 6 + 9 <= len(keep) <= 14 + 8 + 12


def test_one_pass_removes_a_part_at_most_and_the_oldest_first():
    removed, why = retention.to_remove(NIGHTLY, 14, 8, 12, NOW)
    assert why is None and len(removed) == 200
    assert removed[0] == "night-398" or removed[0] == "night-399"


def test_a_flood_of_snapshots_takes_no_other_days_place():
    flood = {f"junk-{number}": NOW - number for number in range(1000)}
    old = {name: when for name, when in NIGHTLY.items() if when < NOW - DAY}
    keep = retention.kept({**old, **flood}, 14, 8, 12)
    assert {f"night-{number:03}" for number in range(2, 14)} <= keep


def test_a_clock_that_went_back_removes_nothing():
    removed, why = retention.to_remove({**NIGHTLY, "future": NOW + DAY}, 1, 1, 1, NOW)
    assert removed == [] and "clock" in why


def test_the_newest_stay_whatever_their_age():
    assert retention.kept({"a": 1, "b": 2, "c": 3, "d": 4}, 1, 0, 0) == {"b", "c", "d"}
