# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import stat

import pytest
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import home_directory, previous, read, store


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc", "-x", ".hidden", "a\nb", "x" * 65])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be the name of a home"):
        home_directory(tmp_path, name)


def test_reports_are_private_and_whole(tmp_path, build):
    directory = home_directory(tmp_path / "reports", "lab")
    old = os.umask(0)
    try:
        store(directory, build())
    finally:
        os.umask(old)
    assert stat.S_IMODE(directory.stat().st_mode) == stat.S_IMODE(directory.parent.stat().st_mode) == 0o700
    assert {each.name for each in directory.iterdir()} == {"20261123T144112Z-check.json", "latest.json"}
    assert {stat.S_IMODE(each.stat().st_mode) for each in directory.iterdir()} == {0o600}
    assert json.loads((directory / "latest.json").read_text()) == build()


def test_an_open_directory_is_closed(tmp_path, build):
    directory = tmp_path / "lab"
    directory.mkdir(mode=0o755)
    store(directory, build())
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_previous_is_the_newest_before_a_time(tmp_path, build):
    for hour, mode in (("10", "check"), ("11", "check"), ("12", "apply")):
        store(tmp_path, {**build(mode=mode), "finished": f"2026-11-23T{hour}:00:00Z"})
    (tmp_path / "20261123T105959Z-check.json").write_text("{broken")
    assert previous(tmp_path, "2026-11-23T13:00:00Z")["finished"] == "2026-11-23T12:00:00Z"
    assert previous(tmp_path, "2026-11-23T11:00:00Z")["finished"] == "2026-11-23T10:00:00Z"
    assert previous(tmp_path, "2026-11-23T09:00:00Z") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "other/1"}'])
def test_what_is_no_report_is_none(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    assert read(tmp_path / "x.json") is None
