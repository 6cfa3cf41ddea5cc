# SPDX-License-Identifier: GPL-3.0-or-later
"""The controls of backups on Home Assistant OS, each failing and passing."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.haos import backups

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.timezone.utc)
LOCAL, NAS, CLOUD = "hassio.local", "hassio.nas", "cloud.cloud"


def archive(age=6, **sealed):
    copies = {LOCAL: True, NAS: True, CLOUD: True, **sealed}
    return {
        "id": f"a{age}",
        "name": f"Automatic {age}",
        "date": (NOW - datetime.timedelta(hours=age)).isoformat(),
        "copies": copies,
    }


def judged(archives=None, proof=None, settings=None, errors=None):
    device = {
        "listed": [archive()] if archives is None else archives,
        "settings": {"recurrence": "daily", "agents": [LOCAL, NAS, CLOUD], **(settings or {})},
        "agent_errors": errors or {},
    }
    proof = dict.fromkeys((LOCAL, NAS, CLOUD), backups.OPENS) if proof is None else proof
    expect = {"copies": 3, "devices": 2, "off_site": 1}
    spoken = backups.Judgement(device, proof, NOW, 36, expect, ()).verdicts({})
    return {each["id"]: each["status"] for each in spoken}


def test_all_is_well():
    assert set(judged().values()) == {"pass"}


@pytest.mark.parametrize(
    ("control", "state"),
    [
        ("HW-BAK-03", {"archives": [archive(**{NAS: False})]}),
        ("HW-BAK-04", {"archives": [archive(age=48)]}),
        ("HW-BAK-04", {"errors": {NAS: "not reachable"}}),
        ("HW-BAK-05", {"proof": {LOCAL: "opens", NAS: backups.SHUT, CLOUD: "opens"}}),
        ("HW-BAK-06", {"settings": {"recurrence": "never"}}),
        ("HW-BAK-06", {"settings": {"agents": [LOCAL]}}),
        ("HW-BAK-07", {"archives": [{**archive(), "copies": {LOCAL: True}}], "settings": {"agents": [LOCAL]}}),
        ("HW-BAK-08", {"proof": dict.fromkeys((LOCAL, NAS, CLOUD), backups.SHUT)}),
        ("HW-BAK-08", {"archives": []}),
    ],
)
def test_each_control_fails(control, state):
    assert judged(**state)[control] == "fail"


def test_what_could_not_be_tried_is_unknown():
    found = judged(proof={LOCAL: "opens", NAS: "the agent timed out", CLOUD: "opens"})
    assert (found["HW-BAK-05"], found["HW-BAK-08"]) == ("unknown", "unknown")


def test_archives_that_cannot_be_listed_are_unknown():
    spoken = backups.Judgement({"settings": None}, {}, NOW, 36, {}, ()).verdicts({"backup.archives": "why"})
    assert {(each["status"], each["actual"]) for each in spoken} == {("unknown", "why")}


def test_the_newest_copy_at_each_agent_is_tried():
    old = {**archive(age=30), "copies": {LOCAL: True, NAS: True}}
    new = {**archive(age=2), "copies": {LOCAL: True}}
    assert backups.to_prove([old, new]) == [("a2", LOCAL), ("a30", NAS)]
    assert backups.overdue([], NOW, 36) and not backups.overdue([new], NOW, 36)
