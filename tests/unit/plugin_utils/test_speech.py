# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.host import place
from ansible_collections.hearthwall.home.plugins.module_utils.visit import desired, plan
from ansible_collections.hearthwall.home.plugins.plugin_utils.bundle import speech

ARGUMENTS = {
    "role": "web",
    "control": "HW-WEB-01",
    "files": [
        {"path": "/etc/a", "content": "new\n"},
        {"path": "/etc/k", "content": "hunter2\n", "secret": True, "control": "HW-WEB-02"},
    ],
    "controls": {"HW-WEB-02": {"expected": "a key of our own"}},
}
BARE = {"paths": {"/etc/a": dict(place.ABSENT), "/etc/k": dict(place.ABSENT)}, "unknown": {}}


def wish():
    found = desired.normalise(ARGUMENTS)
    for item in found["files"]:
        item["data"] = item["content"].encode()
    return found


def by_id(verdicts):
    return {item["id"]: item for item in verdicts}


def test_as_found():
    found = by_id(speech.verdicts(wish(), plan.plan(wish(), BARE)))
    assert found["HW-WEB-01"]["status"] == "fail"
    assert found["HW-WEB-01"]["actual"] == "/etc/a does not exist"
    assert found["HW-WEB-02"]["expected"] == "a key of our own"
    assert not found["HW-WEB-01"]["changed"]


def test_after_mending():
    mended = plan.plan(wish(), BARE)
    found = by_id(speech.verdicts(wish(), [], mended=mended))
    assert found["HW-WEB-01"]["status"] == "pass" and found["HW-WEB-01"]["changed"]
    assert found["HW-WEB-01"]["evidence"] == "mended: /etc/a does not exist"


def test_after_a_failure():
    found = by_id(
        speech.verdicts(wish(), plan.plan(wish(), BARE)[:1], error="nginx refused it. Nothing was swapped in.")
    )
    assert found["HW-WEB-01"]["status"] == "error"
    assert found["HW-WEB-01"]["actual"].startswith("nginx refused it")
    assert found["HW-WEB-02"]["status"] == "pass"


def test_what_was_not_seen_is_unknown():
    found = by_id(speech.verdicts(wish(), [], unknown={"HW-WEB-01": ["/etc/a: denied"]}))
    assert (found["HW-WEB-01"]["status"], found["HW-WEB-01"]["actual"]) == ("unknown", "/etc/a: denied")
    assert found["HW-WEB-02"]["status"] == "pass"


def test_a_known_difference_outweighs_what_was_not_seen():
    found = by_id(speech.verdicts(wish(), plan.plan(wish(), BARE), unknown={"HW-WEB-01": ["x"]}))
    assert found["HW-WEB-01"]["status"] == "fail"


def test_the_diff_shows_no_secret():
    contents = {item["path"]: item["data"] for item in wish()["files"]}
    entries = speech.diffs(plan.plan(wish(), BARE), {}, contents)
    assert "hunter2" not in str(entries)
    assert entries[0]["after"] == "# type: file, mode: 0644, owner: root, group: root\nnew\n"
    state = {
        "type": "file",
        "mode": "0600",
        "owner": "root",
        "group": "root",
        "digest": "0",
        "salt": "00",
        "target": None,
    }
    entries = speech.diffs(plan.plan(wish(), {"paths": {**BARE["paths"], "/etc/k": state}}), {}, contents)
    assert entries[1]["before"] != entries[1]["after"]
    assert "hunter2" not in str(entries)
