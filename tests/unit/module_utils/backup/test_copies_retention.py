# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.backup import retention

DAY = 86400
NOW = 1_795_400_000
NIGHTLY = {f"night-{number:03}": NOW - number * DAY for number in range(400)}


def test_the_first_of_each_day_week_and_month_stays():
    keep = retention.kept(NIGHTLY, daily=14, weekly=8, monthly=12)
    assert {f"night-{number:03}" for number in range(14)} <= keep
    assert 14 + 6 + 9 <= len(keep) <= 14 + 8 + 12


def test_one_pass_removes_a_part_at_most_and_the_oldest_first():
    removed, why = retention.to_remove(NIGHTLY, 14, 8, 12, NOW)
    assert why is None and len(removed) == 200
    assert removed[0] == "night-398" or removed[0] == "night-399"


def test_a_flood_of_snapshots_takes_nobodys_place():
    """Not even that of the copy which came earlier on the same day."""
    before = retention.kept(NIGHTLY, 14, 8, 12)
    flood = {f"junk-{number}": NOW + 60 + number for number in range(1000)}
    keep = retention.kept({**NIGHTLY, **flood}, 14, 8, 12)
    assert before <= keep


def test_what_came_this_week_stays():
    today = {f"copy-{number}": NOW - number * 600 for number in range(100)}
    assert retention.to_remove(today, 1, 0, 0, NOW) == ([], None)


def test_a_clock_that_went_back_removes_nothing():
    removed, why = retention.to_remove({**NIGHTLY, "future": NOW + DAY}, 1, 1, 1, NOW)
    assert removed == [] and "clock" in why


def test_the_newest_stay_whatever_their_age():
    assert retention.kept({"a": 1, "b": 2, "c": 3, "d": 4}, 0, 0, 0) == {"b", "c", "d"}
