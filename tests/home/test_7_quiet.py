# SPDX-License-Identifier: GPL-3.0-or-later
"""An hour of normal life is silent: as many looks as an hour has, in a tenth of the time, and people who live there."""

from __future__ import annotations

import json
import time

import pytest
from drift import say
from receiving import Receiver, now

LOOKS = 360  # in an hour, one every ten seconds
# Each watcher looks every second. How patient it is stays as people get it, and the weekly list is not for today.
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OTHER_DAY = DAYS[(time.gmtime().tm_wday + 2) % 7]
LIFE = ("-e", json.dumps({"monitoring_interval": 1, "monitoring_updates": {"weekday": OTHER_DAY, "hour": 9}}))
# Earlier tests broke into the home: what they left to be told is none of this hour's, and what was told before is
# told again, or a silence would say nothing.
FORGET = """
import glob, json
for path in glob.glob("/var/lib/hearthwall-watch/*.json"):
    with open(path) as stream:
        known = json.load(stream)
    known.pop("outbox", None)
    with open(path, "w") as stream:
        json.dump(known, stream)
"""


@pytest.fixture
def receiver(lab):
    for host in ("router", "ha", "nas"):
        lab.on(host, "systemctl", "stop", "hearthwall-watch@*").ok()
        lab.on(host, "python3", "-", stdin=FORGET).ok()
    made = Receiver(lab)
    lab.playbook("site.yml", "--tags", "monitoring", *LIFE).ok()
    yield made
    lab.playbook("site.yml", "--tags", "monitoring").ok()
    made.stop()


def somebody_comes_home(lab):
    say(lab, lab.people()["owner"], {"type": "get_states"})


def a_finger_slips(lab):
    with pytest.raises(AssertionError):
        say(lab, {**lab.people()["owner"], "password": "a slip of the finger"}, {"type": "get_config"})


def hearthwall_runs_again(lab):
    assert lab.playbook("site.yml", *LIFE).ok().changed() == 0


def a_dry_run_looks(lab):
    lab.playbook("check.yml", *LIFE).ok()


def a_copy_is_made(lab):
    lab.on("ha", "sh", "-c", "systemctl reset-failed hearthwall-backup; systemctl start hearthwall-backup", seconds=300)


def home_assistant_restarts(lab):
    lab.on("ha", "systemctl", "restart", "home-assistant").ok()
    lab.wait_for_home_assistant()


DAY = (
    somebody_comes_home,
    a_finger_slips,
    hearthwall_runs_again,
    a_dry_run_looks,
    a_finger_slips,
    a_copy_is_made,
    home_assistant_restarts,
    somebody_comes_home,
)


def test_an_hour_of_normal_life_is_silent_but_for_the_note_of_the_copy(lab, receiver):
    since, begun = now(lab), time.monotonic()
    for number, happens in enumerate(DAY):
        time.sleep(max(0, begun + number * LOOKS / len(DAY) - time.monotonic()))
        happens(lab)
    time.sleep(max(0, begun + LOOKS - time.monotonic()))
    told = [each["title"] for each in receiver.all() if each["path"] == "/alerts" and each["at"] >= since]
    assert [title.partition(" ")[0] for title in told] == ["Backup"] and "done" in told[0], told
