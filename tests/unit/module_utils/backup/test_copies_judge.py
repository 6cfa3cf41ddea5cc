# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.backup import judge

NOW = "2026-11-23T12:00:00Z"
EXPECT = {"copies": 3, "devices": 2, "off_site": 1, "append_only": 1}
GOOD = {
    "attempted": "2026-11-23T04:00:00Z",
    "succeeded": "2026-11-23T04:01:00Z",
    "proved": "2026-11-23T04:02:00Z",
    "proof": {"files": 40, "accounts": True},
    "error": None,
}
ARCHIVES = {"path": "/config/backups", "mode": "0700", "found": [{"name": "a.tar", "mode": "0644", "encrypted": True}]}


def device(**changes):
    return {"archives": ARCHIVES, "state": {"targets": {"nas": {**GOOD, **changes}}}}


def statuses(spoken):
    return {each["id"]: each["status"] for each in spoken}


def judged(found, now=NOW):
    return statuses(judge.device(found, ["nas"], now, judge.seconds(NOW), 36, {}))


def test_a_good_copy_passes():
    assert judged(device()) == {"HW-BAK-03": "pass", "HW-BAK-04": "pass", "HW-BAK-05": "pass"}


@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({"succeeded": "2026-11-20T04:00:00Z"}, {"HW-BAK-04"}),
        ({"proved": "2026-11-20T04:00:00Z"}, {"HW-BAK-05"}),
        ({"error": "no space left"}, {"HW-BAK-04"}),
        ({"succeeded": "2026-11-24T12:00:00Z", "proved": "2026-11-24T12:00:00Z"}, {"HW-BAK-04", "HW-BAK-05"}),
        ({"proof": {"files": 3, "accounts": False}}, {"HW-BAK-05"}),
    ],
)
def test_what_is_old_failed_or_dated_ahead_does_not(changes, failing):
    assert {control for control, status in judged(device(**changes)).items() if status == "fail"} == failing


def test_a_clock_that_is_a_day_off_lets_no_age_be_told():
    tomorrow = "2026-11-24T12:00:00Z"
    found = judge.device(device(succeeded=tomorrow, proved=tomorrow), ["nas"], tomorrow, judge.seconds(NOW), 36, {})
    assert statuses(found)["HW-BAK-04"] == "fail"
    assert "clock is 24 h off" in found[1]["actual"]


def test_what_was_not_seen_is_unknown():
    found = judge.device(None, ["nas"], NOW, judge.seconds(NOW), 36, {"backup": "no"})
    assert set(statuses(found).values()) == {"unknown"}


@pytest.mark.parametrize(
    ("archive", "mode", "status"),
    [
        ({"mode": "0644", "encrypted": True}, "0755", "fail"),
        ({"mode": "0600", "encrypted": True}, "0755", "pass"),
        ({"mode": "0600", "encrypted": False}, "0700", "fail"),
        ({"mode": "0600", "encrypted": None, "broken": "cut off"}, "0700", "fail"),
    ],
)
def test_archives_that_lie_open(archive, mode, status):
    archives = {"path": "/x", "mode": mode, "found": [{"name": "a.tar", **archive}]}
    assert judge.leftovers(archives)["status"] == status


def test_copies_and_places_are_counted():
    store = {"name": "nas", "kind": "store", "host": "nas"}
    away = {"name": "cloud", "kind": "s3"}
    found = device()
    alone = judge.places(found, [store], NOW, EXPECT, 36)
    told = "3 copies on 2 devices, 0 of them elsewhere, 1 that this device cannot delete"
    assert (alone["status"], alone["actual"]) == ("fail", told)
    found["state"]["targets"]["cloud"] = dict(GOOD)
    assert judge.places(found, [store, away], NOW, EXPECT, 36)["status"] == "pass"
    found["state"]["targets"]["cloud"] = dict(GOOD, succeeded="2026-10-01T00:00:00Z")
    assert judge.places(found, [store, away], NOW, EXPECT, 36)["status"] == "fail"


def test_a_copy_that_the_device_could_delete_is_not_enough():
    found = device()
    found["state"]["targets"] = {"friend": dict(GOOD), "cloud": dict(GOOD)}
    friend, cloud = {"name": "friend", "kind": "sftp"}, {"name": "cloud", "kind": "rclone"}
    judged = judge.places(found, [friend, cloud], NOW, EXPECT, 36)
    assert judged["status"] == "fail" and judged["actual"].endswith("0 that this device cannot delete")
    assert judge.places(found, [{**friend, "append_only": True}, cloud], NOW, EXPECT, 36)["status"] == "pass"


def store(**changes):
    nothing = {"count": 0, "last": None, "what": {}}
    upkeep = {"attempted": NOW, "succeeded": NOW, "error": None}
    about = {"initialised": True, "snapshots": 2, "lost": [], "refused": nothing, "upkeep": upkeep}
    about["newest"] = {"id": "0" * 64, "arrived": NOW}
    return {"space": {"free": 50, "size": 100}, "repositories": {"ha": {**about, **changes}}}


@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({}, set()),
        ({"lost": ["1" * 64]}, {"HW-BAK-10"}),
        ({"upkeep": {"attempted": NOW, "succeeded": NOW, "error": "rotten"}}, {"HW-BAK-10"}),
        ({"upkeep": {"attempted": NOW, "succeeded": "2026-11-20T00:00:00Z"}}, {"HW-BAK-10"}),
        ({"initialised": False, "newest": None}, {"HW-BAK-10", "HW-BAK-12"}),
        ({"newest": {"id": "0" * 64, "arrived": "2026-11-20T00:00:00Z"}}, {"HW-BAK-12"}),
        ({"refused": {"count": 2, "last": "2026-11-20T00:00:00Z", "what": {"delete": 2}}}, {"HW-BAK-11"}),
        ({"refused": {"count": 2, "last": "2026-09-20T00:00:00Z", "what": {"delete": 2}}}, set()),
    ],
)
def test_the_store_is_judged(changes, failing):
    found = statuses(judge.store(store(**changes), ["ha"], NOW, 36, 10, {}))
    assert {control for control, status in found.items() if status == "fail"} == failing


def test_a_store_with_no_room_is_told():
    found = dict(store(), space={"free": 5, "size": 100})
    assert statuses(judge.store(found, ["ha"], NOW, 36, 10, {}))["HW-BAK-12"] == "fail"


def test_a_repository_that_could_not_be_looked_at_is_unknown():
    found = statuses(
        judge.store(
            {"repositories": {}, "space": {"free": 50, "size": 100}}, ["ha"], NOW, 36, 10, {"backup.store.ha": "no"}
        )
    )
    assert set(found.values()) == {"unknown"}


@pytest.mark.parametrize(
    ("release", "can"), [("2024.12.5", False), ("2025.1.0", True), ("2026.11.0", True), (None, True)]
)
def test_releases_that_back_themselves_up(release, can):
    assert judge.by_itself(release) is can
