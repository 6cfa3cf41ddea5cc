# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time

import pytest
from hearthwall_watch.alert import Alert
from hearthwall_watch.outbox import DAY, HOUR, Outbox

PATHS = ("a", "b")


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def box(clock, **more):
    return Outbox({}, clock=clock, local=time.gmtime, **more)


def drain(outbox):
    due = outbox.due()
    for alert, path in due:
        outbox.delivered(alert, path)
    return [alert["title"] for alert, path in due if path == "a"]


def test_the_hundredth_is_not_told(clock):
    outbox = box(clock)
    told = [outbox.post(Alert("k", "t", "m"), PATHS) for _number in range(100)]
    assert told == [True] + [False] * 99 and drain(outbox) == ["t"]
    clock.now += 6 * HOUR + 1
    assert outbox.post(Alert("k", "t", "m"), PATHS)


def test_once_is_once(clock):
    outbox = box(clock)
    assert outbox.post(Alert("k", "t", "m", once=True), PATHS)
    clock.now += 365 * DAY
    assert not outbox.post(Alert("k", "t", "m", once=True), PATHS)


def test_a_flood_becomes_one_alert_and_critical_ones_still_go(clock):
    outbox = box(clock, most_per_hour=3)
    for number in range(50):
        outbox.post(Alert(str(number), f"t{number}", "m"), PATHS)
    outbox.post(Alert("fire", "fire", "m", "critical"), PATHS)
    assert drain(outbox) == ["t0", "t1", "t2", "Too many alerts", "fire"]


def test_what_a_path_does_not_take_is_tried_again_for_a_day(clock):
    outbox = box(clock)
    outbox.post(Alert("k", "t", "m"), PATHS)
    tries = 0
    for _step in range(2 * int(DAY / 300)):
        for alert, path in outbox.due():
            tries += path == "a"
            (outbox.failed if path == "a" else outbox.delivered)(alert, path)
        clock.now += 300
    assert 250 < tries < 320
    assert outbox.due() == []


@pytest.mark.parametrize(("hour", "quiet"), [("21:59", False), ("22:00", True), ("03:00", True), ("07:00", False)])
def test_at_night_only_what_is_critical(clock, hour, quiet):
    clock.now -= clock.now % DAY
    hours, minutes = hour.split(":")
    clock.now += int(hours) * HOUR + int(minutes) * 60
    outbox = box(clock, quiet={"from": "22:00", "to": "07:00"})
    outbox.post(Alert("k", "t", "m"), PATHS)
    outbox.post(Alert("c", "c", "m", "critical"), PATHS)
    assert drain(outbox) == (["c"] if quiet else ["t", "c"])


def test_it_survives_as_json(clock):
    kept = {}
    Outbox(kept, clock=clock).post(Alert("k", "t\x1b[31m", "m" * 9000), PATHS)
    again = Outbox(json.loads(json.dumps(kept)), clock=clock)
    assert not again.post(Alert("k", "t", "m"), PATHS)
    (alert, _path), _other = again.due()
    assert "\x1b" not in alert["title"] and len(alert["message"]) == 1500
