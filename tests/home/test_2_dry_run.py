# SPDX-License-Identifier: GPL-3.0-or-later
"""The dry run on the soft home: it finds what is wrong, leaves no trace, and leaves no control out."""

from __future__ import annotations

import shutil

import pytest
import yaml
from lab import PATIENT, ROOT, difference


@pytest.fixture(scope="module")
def checked(lab):
    before = lab.settled()
    run = lab.playbook("check.yml", *PATIENT)
    # Findings, and no other failure: a run that broke off would change nothing either.
    assert run.rc == 2, run.text[-3000:]
    return before, run, lab.states(), lab.report()


def test_it_changes_nothing(checked):
    before, _run, after, _report = checked
    assert difference(before, after) == {}


def test_it_finds_the_soft_home_wanting(checked):
    _before, _run, _after, report = checked
    assert report["mode"] == "check"
    assert report["summary"]["score"] < 50
    shutil.copy(ROOT / "reports/lab/latest.json", ROOT / "reports/lab/before.json")


@pytest.mark.parametrize(
    "control",
    [
        "HW-MFA-01",  # nobody has a second factor
        "HW-ACC-01",  # Gus has no password
        "HW-ACC-02",  # Cleo's is on every list
        "HW-ACC-04",  # a device logged in for a year
        "HW-ACC-05",  # a forgotten long-lived token
        "HW-HTTP-01",  # no ban
        "HW-UPD-03",  # the host's security updates are switched off
        "HW-VET-01",  # code that nobody approved
        "HW-VET-02",  # a file was planted in approved code
        "HW-VET-04",  # an old copy of a core integration
        "HW-WAY-01",  # port forward
        "HW-WAY-02",  # UPnP mapping
        "HW-WAY-04",  # IPv6
        "HW-WAY-05",  # no host firewall
    ],
)
def test_it_names_what_is_soft(checked, control):
    found = {entry["id"]: entry for entry in checked[3]["controls"]}[control]
    assert found["status"] == "fail", found
    assert found["actual"] and found["remedy"]


def test_every_control_of_the_catalogue_is_in_the_report(checked):
    """Those that are about a kind of host which the lab has."""
    groups = yaml.safe_load((ROOT / "inventory/lab/hosts.yml").read_text(encoding="utf-8"))["all"]["children"]["lab"]
    kinds = {name for name, group in groups["children"].items() if group["hosts"]}
    catalogue = {
        entry["id"]
        for path in ROOT.glob("roles/*/meta/controls.yml")
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["controls"]
        if entry["applies_to"] in kinds
    }
    assert catalogue and catalogue == {entry["id"] for entry in checked[3]["controls"]}


def test_diff_mode_shows_what_would_come_and_still_changes_nothing(lab):
    before = lab.settled()
    run = lab.playbook("check.yml", "--diff")
    assert run.rc == 2, run.text[-3000:]
    assert difference(before, lab.states()) == {}
    assert "ssl_protocols" in run.out
