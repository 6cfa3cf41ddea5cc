# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves behind: exit status, one report per home, and a true reason for what is unknown."""

from __future__ import annotations

import json
import stat

import pytest
from playing import VERDICT, control, play, speak

A, B, C = "HW-MFA-01", "HW-MFA-02", "HW-NET-01"


def passed(identifier, **more):
    return {"id": identifier, "status": "pass", **more}


def compliant(workshop):
    workshop.role("accounts", [control(A, "critical"), control(B, "low")], [speak(passed(A), passed(B))])
    workshop.role("exposure", [control(C, "high", "router", "2")], [speak(passed(C))])
    return [play("home_assistant", ["accounts"]), play("router", ["exposure"]), VERDICT]


def test_compliant_homes_end_with_0_and_are_reported_apart(workshop):
    run = workshop.play(compliant(workshop), "--check")
    assert run.status == 0, run.output
    north, south = run.report("north"), run.report("south")
    assert (north["schema"], north["home"], north["mode"]) == ("hearthwall.report/1", "north", "check")
    assert [(each["id"], each["host"]) for each in north["controls"]] == [(A, "ha"), (B, "ha"), (C, "gate")]
    assert [(each["id"], each["host"]) for each in south["controls"]] == [(A, "ha-south"), (B, "ha-south")]
    assert north["summary"]["score"] == south["summary"]["score"] == 100
    assert "2 homes" in run.output


def test_files_are_private_and_the_dated_copy_is_the_same(workshop):
    run = workshop.play(compliant(workshop))
    directory = run.directory / "reports/north"
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    files = sorted(directory.iterdir())
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    dated, *others, latest = files
    assert dated.name.endswith("Z-apply.json")
    assert [each.name for each in (*others, latest)] == ["history.json", "latest.html", "latest.json"]
    assert dated.read_text() == latest.read_text()


def test_open_findings_at_the_threshold_end_with_2(workshop):
    plays = compliant(workshop)
    workshop.role(
        "accounts", [control(A, "critical"), control(B, "low")], [speak({"id": A, "status": "fail"}, passed(B))]
    )
    run = workshop.play(plays, "--limit", "north")
    assert run.status == 2
    assert "1 open finding, high or worse: HW-MFA-01 fail (critical)." in run.output
    assert "ansible-playbook playbooks/site.yml --limit ha --tags accounts" in run.output


def test_findings_below_the_threshold_end_with_0(workshop):
    plays = compliant(workshop)
    workshop.role(
        "accounts", [control(A, "critical"), control(B, "low")], [speak(passed(A), {"id": B, "status": "fail"})]
    )
    assert workshop.play(plays).status == 0
    assert workshop.play(plays, "-e", "hearthwall_fail_on=low").status == 2


def test_silence_is_unknown_and_fails(workshop):
    plays = compliant(workshop)
    workshop.role("accounts", [control(A, "critical"), control(B, "low")], [speak(passed(B))])
    run = workshop.play(plays, "--limit", "ha")
    assert run.status == 2
    entry = run.entry("north", A, "ha")
    assert entry["status"] == "unknown" and "said nothing about this control" in entry["actual"]


def test_unreachable_ends_with_4_and_says_so(workshop):
    plays = compliant(workshop)
    workshop.role("accounts", [control(A)], [{"name": "Look", "ansible.builtin.ping": {}}, speak(passed(A))])
    run = workshop.play(plays, "--limit", "north", "-e", '{"ansible_connection": "ssh", "ansible_port": 9}')
    assert run.status == 4, run.output
    entry = run.entry("north", A, "ha")
    assert entry["status"] == "unknown"
    assert entry["actual"].startswith("The host was unreachable at task 'hearthwall.home.accounts : Look': ")


def test_a_failed_task_is_the_reason(workshop):
    plays = compliant(workshop)
    broken = {"name": "Break", "ansible.builtin.fail": {"msg": "no such\nthing"}}
    workshop.role("accounts", [control(A), control(B)], [speak(passed(A)), broken, speak(passed(B))])
    run = workshop.play(plays, "--limit", "ha")
    assert run.status == 2
    assert run.entry("north", A, "ha")["status"] == "pass"
    assert run.entry("north", B, "ha")["actual"] == (
        "The host failed in task 'hearthwall.home.accounts : Break': no such thing"
    )


def test_a_rescued_failure_is_no_reason(workshop):
    plays = compliant(workshop)
    rescued = {
        "name": "Try",
        "block": [{"name": "Break", "ansible.builtin.fail": {}}],
        "rescue": [speak(passed(A), name="Mend")],
    }
    workshop.role("accounts", [control(A), control(B)], [rescued])
    run = workshop.play(plays, "--limit", "ha")
    assert run.entry("north", A, "ha")["status"] == "pass"
    assert "said nothing" in run.entry("north", B, "ha")["actual"]


def test_what_tags_left_out_is_unknown_but_does_not_fail(workshop):
    plays = compliant(workshop)
    run = workshop.play(plays, "--tags", "exposure")
    assert run.status == 0, run.output
    assert run.entry("north", A, "ha")["actual"] == "Role accounts was left out by --tags exposure."
    assert run.entry("north", C, "gate")["status"] == "pass"
    run = workshop.play(plays, "--skip-tags", "exposure")
    assert run.status == 0, run.output
    assert run.entry("north", C, "gate")["actual"] == "Role exposure was left out by --skip-tags exposure."


def test_what_the_tags_of_an_import_choose_was_not_left_out(workshop):
    """A host that fails before a role begins: the failure is the reason, though the run was given tags."""
    compliant(workshop)
    broken = {"name": "Break", "ansible.builtin.fail": {"msg": "no such thing"}, "tags": ["always"]}
    chosen = {
        "name": "Apply",
        "ansible.builtin.import_role": {"name": "hearthwall.home.accounts"},
        "tags": ["accounts"],
    }
    looked = speak(name="Look", tags=["always"])
    plays = [play("home_assistant", tasks=[looked, broken]), play("home_assistant", tasks=[chosen]), VERDICT]
    run = workshop.play(plays, "--limit", "ha", "--tags", "accounts,exposure")
    assert run.entry("north", A, "ha")["actual"] == "The host failed in task 'Break': no such thing"


def test_limit_leaves_the_other_hosts_unknown_and_other_homes_alone(workshop):
    run = workshop.play(compliant(workshop), "--limit", "ha")
    assert run.status == 0, run.output
    assert run.entry("north", C, "gate")["actual"] == "Not looked at in this run."
    assert not (run.directory / "reports/south").exists()


def test_a_partial_run_says_so_and_is_not_how_the_home_stands(workshop):
    plays = compliant(workshop)
    whole = workshop.play(plays, "--limit", "north")  # of two homes, all of one
    whole_one = whole.report("north")
    assert whole_one["partial"] is None and "Partial run" not in whole.output
    for flags in (["--tags", "exposure"], ["--skip-tags", "accounts"], ["--limit", "gate"]):
        run = workshop.play(plays, *flags)
        limit = " ".join(flags)
        assert run.report("north")["partial"] == {"limited_by": [limit], "in_scope": 1, "left_out": 2, "score": 100}
        assert len(run.report("north")["controls"]) == 3 and run.report("north")["summary"]["unknown"] == 2
        assert f"Partial run ({limit}): it was to look at 1 of 3 controls" in run.output
    run = workshop.play(plays[1:], "--limit", "north")
    assert run.report("north")["partial"]["limited_by"] == ["playbook play.yml"]
    history = json.loads((run.directory / "reports/north/history.json").read_text())
    assert [each["finished"] for each in history.values()] == [whole_one["finished"]]
    overview = (run.directory / "reports/index.html").read_text()
    assert "<b>100</b>" in overview and "No whole run yet. In the part last looked at: nothing open" in overview


def test_a_host_that_fails_does_not_make_a_run_partial(workshop):
    plays = compliant(workshop)
    workshop.role("accounts", [control(A)], [{"name": "Stop", "ansible.builtin.fail": {"msg": "no"}}])
    plays[0]["any_errors_fatal"] = True
    assert workshop.play(plays, "--limit", "north").report("north")["partial"] is None


def test_a_role_that_no_play_names_is_unknown(workshop):
    plays = compliant(workshop)
    run = workshop.play([plays[0]], "--limit", "north")
    assert run.entry("north", C, "gate")["actual"] == "Not looked at in this run."
    run = workshop.play([play("home_assistant:router", ["accounts"])], "--limit", "north")
    assert run.entry("north", C, "gate")["actual"] == "Role exposure is not part of this run."


def test_a_fatal_end_is_the_reason_for_everybody(workshop):
    plays = compliant(workshop)
    workshop.role("accounts", [control(A)], [{"name": "Stop", "ansible.builtin.fail": {"msg": "no"}}])
    plays[0]["any_errors_fatal"] = True
    run = workshop.play(plays, "--limit", "north")
    assert run.status == 2
    assert run.entry("north", C, "gate")["actual"] == (
        "Not looked at in this run (task 'hearthwall.home.accounts : Stop' failed on ha: no)."
    )


def test_loops_speak_too(workshop):
    plays = compliant(workshop)
    task = {
        "name": "Speak",
        "hearthwall.home.speak": {"verdicts": [{"id": "{{ item }}", "status": "pass"}]},
        "loop": [A, B],
    }
    workshop.role("accounts", [control(A), control(B)], [task])
    run = workshop.play(plays, "--limit", "ha")
    assert {run.entry("north", each, "ha")["status"] for each in (A, B)} == {"pass"}


def test_no_log_is_respected(workshop):
    plays = compliant(workshop)
    secret = speak(passed(A, evidence="hunter2"), no_log=True)
    workshop.role("accounts", [control(A)], [secret])
    run = workshop.play(plays, "--limit", "ha", "-vvv")
    entry = run.entry("north", A, "ha")
    assert entry["status"] == "unknown" and "hidden by no_log" in entry["actual"]
    assert "hunter2" not in run.output + json.dumps(run.report("north"))


def test_a_secret_in_an_error_is_taken_out(workshop):
    plays = compliant(workshop)
    broken = {"name": "Break", "ansible.builtin.fail": {"msg": "cannot log in with {{ hearthwall_ha_admin.password }}"}}
    workshop.role("accounts", [control(A)], [broken])
    admin = {"hearthwall_ha_admin": {"username": "o", "password": "Tr0ub4dor&3"}}
    run = workshop.play(plays, "--limit", "ha", "-e", json.dumps(admin))
    assert run.entry("north", A, "ha")["actual"].endswith("cannot log in with (secret)")
    for each in (run.directory / "reports/north").iterdir():
        assert "Tr0ub4dor" not in each.read_text()


def test_malformed_answers_do_not_crash(workshop):
    plays = compliant(workshop)
    raws = ["nonsense", [{"status": "pass"}, 5], [{"id": B, "status": "fine", "evidence": {"a": [1]}}]]
    tasks = [{"name": f"Say {n}", "hearthwall.home.speak": {"raw": raw}} for n, raw in enumerate(raws)]
    workshop.role("accounts", [control(A), control(B)], tasks)
    run = workshop.play(plays, "--limit", "ha")
    assert "its verdicts are no list" in run.entry("north", A, "ha")["actual"]
    assert run.entry("north", B, "ha")["status"] == "error"
    assert "gave a status that is none of" in run.entry("north", B, "ha")["evidence"]


def test_a_run_without_hearthwall_writes_nothing(workshop):
    compliant(workshop)
    run = workshop.play([play("all", tasks=[{"name": "Ping", "ansible.builtin.ping": {}}])])
    assert run.status == 0
    assert not (run.directory / "reports").exists()
    assert "HEARTHWALL" not in run.output


def test_reading_a_description_alone_writes_nothing(workshop):
    compliant(workshop)
    describe = {"name": "Read", "hearthwall.home.description": {}, "run_once": True}
    run = workshop.play([play("all", tasks=[describe])])
    assert run.status == 0, run.output
    assert not (run.directory / "reports").exists()


def test_a_refused_description_is_the_reason_for_everything(workshop):
    describe = {"name": "Read", "hearthwall.home.description": {}, "run_once": True}
    run = workshop.play(
        [play("all", tasks=[describe], any_errors_fatal=True), *compliant(workshop)], "-e", "hearthwall_fail_on=severe"
    )
    assert run.status == 2
    assert run.report("north")["summary"] == {**run.report("north")["summary"], "pass": 0, "unknown": 3, "score": 0}
    for host, identifier in (("ha", A), ("gate", C)):
        assert "hearthwall_fail_on" in run.entry("north", identifier, host)["actual"]


def test_the_summary_can_be_turned_off(workshop):
    plays = compliant(workshop)
    assert "HEARTHWALL" in workshop.play(plays).output
    run = workshop.play(plays, HEARTHWALL_REPORT_SUMMARY="false")
    assert "HEARTHWALL" not in run.output and run.report("north")
    run = workshop.play(plays, "-e", '{"hearthwall_report_summary": false}')
    assert "HEARTHWALL" not in run.output


def test_reports_dir_is_a_variable(workshop, tmp_path):
    run = workshop.play(compliant(workshop), "-e", f"hearthwall_reports_dir={tmp_path / 'elsewhere'}")
    assert (tmp_path / "elsewhere/north/latest.json").exists()
    assert not (run.directory / "reports").exists()


def test_waivers_excuse_until_they_expire(workshop):
    plays = compliant(workshop)
    workshop.role("accounts", [control(A, "critical")], [speak({"id": A, "status": "fail"})])
    waivers = workshop.directory / "waivers.yml"
    entry = "{control: %s, home: north, reason: r, owner: o, expires: %s}"
    waivers.write_text("waivers:\n- " + entry % (A, "2020-01-01"))
    run = workshop.play(plays, "--limit", "ha", "-e", "hearthwall_waivers_file=waivers.yml")
    assert run.status == 2 and run.entry("north", A, "ha")["status"] == "waiver_expired"
    from datetime import date, timedelta

    waivers.write_text("waivers:\n- " + entry % (A, date.today() + timedelta(days=30)))
    run = workshop.play(plays, "--limit", "ha", "-e", "hearthwall_waivers_file=waivers.yml")
    assert run.status == 0, run.output
    assert run.entry("north", A, "ha")["waiver"]["owner"] == "o"
    waivers.write_text("waivers:\n- " + entry % ("HW-MFA-77", "2020-01-01"))
    run = workshop.play(plays, "--limit", "ha", "-e", "hearthwall_waivers_file=waivers.yml")
    assert run.status == 2 and "there is no control 'HW-MFA-77'" in run.output


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("waivers: [", "waivers.yml"),
        ("- control: HW-MFA-01", "must hold the one key 'waivers'"),
        ("waivers: [{control: HW-MFA-01, host: ha, reason: r, owner: o}]", "expires: missing"),
        ("waivers: [{control: HW-MFA-01, host: all, reason: r, owner: o, expires: 2026-12-01}]", "too broad"),
        ("waivers: [{control: '*', host: ha, reason: r, owner: o, expires: 2026-12-01}]", "too broad"),
        ("waivers: [{control: HW-MFA-01, home: north, host: ha, reason: r, owner: o, expires: 2026-12-01}]", "both"),
        ("waivers: [{control: HW-MFA-01, host: ha, reason: r, owner: o, expires: 2099-12-01}]", "too far away"),
        (
            "waivers: [{control: HW-MFA-99, host: ha, reason: r, owner: o, expires: 2026-12-01}]",
            "no control 'HW-MFA-99'",
        ),
    ],
)
def test_an_unusable_waiver_file_stops_the_run_before_anything_is_touched(workshop, text, words):
    touched = workshop.directory / "touched"
    workshop.role(
        "accounts", [control(A)], [{"name": "Touch", "ansible.builtin.file": {"path": str(touched), "state": "touch"}}]
    )
    (workshop.directory / "waivers.yml").write_text(text)
    describe = {"name": "Read", "hearthwall.home.description": {}, "run_once": True}
    plays = [play("ha", tasks=[describe], any_errors_fatal=True), play("ha", ["accounts"]), VERDICT]
    run = workshop.play(plays, "--limit", "ha", "-e", "hearthwall_waivers_file=waivers.yml")
    assert run.status == 2 and words in run.output, run.output
    assert not touched.exists()
    assert run.entry("north", A, "ha")["status"] == "unknown" and words in run.entry("north", A, "ha")["actual"]


def test_the_profile_chooses_what_is_judged_and_how(workshop):
    plays = compliant(workshop)
    workshop.role(
        "accounts", [control(A, "critical"), control(B, "low")], [speak(passed(A), {"id": B, "status": "fail"})]
    )

    def judged(profile):
        run = workshop.play(plays, "--limit", "ha", "-e", f"hearthwall_profile={profile}")
        return run.status, {each["id"] for each in run.report("north")["controls"]}, run.report("north")["left_out"]

    assert judged("essential") == (0, {A, C}, [B])
    assert judged("standard") == (0, {A, B, C}, [])
    assert judged("fortress") == (2, {A, B, C}, [])


def test_the_formats_are_chosen_and_none_goes_stale(workshop):
    plays = compliant(workshop)
    run = workshop.play(plays, "-e", '{"hearthwall_report_formats": ["sarif", "csv"]}')
    written = {each.name for each in (run.directory / "reports/north").glob("latest.*")}
    assert written == {"latest.json", "latest.sarif", "latest.csv"}
    run = workshop.play(plays)
    assert {each.name for each in (run.directory / "reports/north").glob("latest.*")} == {"latest.json", "latest.html"}


def test_what_a_fact_cache_kept_of_an_earlier_run_is_not_this_runs(workshop):
    plays = compliant(workshop)
    cache = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": "cache"}
    workshop.role("accounts", [control(A)], [speak(passed(A))])
    assert workshop.play(plays, "--limit", "ha", **cache).status == 0
    workshop.role("accounts", [control(A)], [speak(name="Say nothing")])
    run = workshop.play(plays, "--limit", "ha", **cache)
    assert run.status == 2 and run.entry("north", A, "ha")["status"] == "unknown"
    workshop.role("accounts", [control(A)], [speak({"id": A, "status": "fail"})])
    assert workshop.play(plays, "--limit", "ha", **cache).status == 2
    workshop.role("accounts", [control(A)], [speak(passed(A))])
    assert workshop.play(plays, "--limit", "ha", **cache).status == 0


def test_a_forced_dry_run_is_reported_as_one(workshop):
    plays = [{**each, "check_mode": True} for each in compliant(workshop)]
    assert workshop.play(plays).report("north")["mode"] == "check"


def test_a_broken_catalogue_is_named(workshop):
    plays = compliant(workshop)
    workshop.role("exposure", [{**control(C), "severity": "awful"}])
    run = workshop.play(plays)
    assert run.status == 2
    assert "roles/exposure/meta/controls.yml: controls[0] (HW-NET-01): severity: 'awful'" in run.output
