# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.run_record import RunRecord, readable_verdict

CONTROL = {"id": "HW-A-01", "role": "a"}


@pytest.fixture
def record():
    record = RunRecord()
    record.roles_in_run = {"a", "b"}
    record.hosts = {"h"}
    return record


def test_several_tasks_about_one_control(record):
    record.heard("h", "a", "T1", [{"id": "HW-A-01", "status": "pass", "actual": "x", "changed": True}])
    record.heard("h", "a", "T2", [{"id": "HW-A-01", "status": "fail", "actual": "y"}])
    verdict = record.verdicts["h"]["HW-A-01"]
    assert (verdict["status"], verdict["actual"], verdict["changed"]) == ("fail", "y", True)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (lambda r: r.task_ran("h", "a"), "Role a ran on this host but said nothing about this control."),
        (lambda r: r.host_failed("h", "T", "x\ny"), "The host failed in task 'T': x y"),
        (lambda r: r.host_unreachable("h", "T", "x"), "The host was unreachable at task 'T': x"),
        (lambda r: r.task_skipped("h", "a"), "Role a was skipped on this host by its conditions."),
        (lambda r: r.roles_in_run.discard("a"), "Role a is not part of this run."),
        (lambda r: r.end_early("g", "T", "x"), "The run ended before role a: task 'T' failed on g: x"),
        (lambda r: r.hosts.discard("h"), "Not looked at in this run."),
        (lambda r: None, "Role a did not run on this host."),
    ],
)
def test_reasons(record, told, expected):
    told(record)
    assert record.reason("h", CONTROL) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (lambda r: None, ""),
        (lambda r: r.host_unreachable("h", "T", "x"), ""),
        (lambda r: r.end_early("g", "T", "x"), ""),
        (lambda r: r.hosts.discard("h"), ""),
        (lambda r: r.task_skipped("h", "a"), ""),
        (lambda r: r.roles_left_out.add("a"), "--tags b"),
        (lambda r: r.roles_left_out.add("b"), ""),
        (lambda r: setattr(r, "hosts_in_limit", {"g"}), "--limit g"),
        (lambda r: setattr(r, "hosts_in_limit", {"g", "h"}), ""),
        (lambda r: r.roles_in_run.discard("a"), "playbook update.yml"),
    ],
)
def test_what_was_left_out_is_not_what_could_not_be_looked_at(record, told, expected):
    record.tag_choice, record.limit, record.playbook = "--tags b", "--limit g", "update.yml"
    told(record)
    assert record.left_out("h", CONTROL) == expected


def test_a_role_that_ran_though_no_play_names_it_was_not_left_out(record):
    record.roles_in_run.discard("a")
    record.task_ran("h", "a")
    assert record.left_out("h", CONTROL) == ""


def test_a_failure_after_the_role_spoke_is_the_reason_for_the_rest(record):
    record.task_ran("h", "a")
    record.host_failed("h", "T", "x" * 1000)
    assert record.reason("h", CONTROL).startswith("The host failed in task 'T': xxx")
    assert len(record.reason("h", CONTROL)) < 500
    record.host_recovered("h")
    assert "said nothing" in record.reason("h", CONTROL)


@pytest.mark.parametrize("value", ["text", None, 3, [], {}, {"id": ""}, {"id": 7, "status": "pass"}])
def test_what_names_no_control_is_no_verdict(value):
    assert readable_verdict(value, "T")[0] is None


@pytest.mark.parametrize("status", [None, "ok", "waived", ["pass"], {}])
def test_a_status_that_is_none_is_an_error(status):
    found, _problem = readable_verdict({"id": "HW-A-01", "status": status, "evidence": 5, "changed": "yes"}, "T")
    assert found["status"] == "error" and "none of" in found["evidence"] and found["changed"] is False


@pytest.mark.parametrize("spoken", [None, "x", {"id": "HW-A-01"}, 5])
def test_verdicts_that_are_no_list(record, spoken):
    record.task_ran("h", "a")
    record.heard("h", "a", "T", spoken)
    assert "no list" in record.reason("h", CONTROL)
