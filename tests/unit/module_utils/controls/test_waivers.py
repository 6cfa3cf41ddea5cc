# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import date, datetime

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.waivers import (
    WaiverError,
    build_waivers,
    waived_status,
    waiver_for,
)
from ansible_collections.hearthwall.home.plugins.plugin_utils.waiver_file import load_waivers

TODAY = date(2026, 11, 23)
KNOWN = {"controls": {"HW-MFA-01", "HW-MFA-02"}, "hosts": {"ha", "gate"}, "homes": {"lab"}, "today": TODAY}
GOOD = {"control": "HW-MFA-01", "host": "ha", "reason": "r", "owner": "o", "expires": date(2026, 12, 1)}


def without(*keys, **change):
    return {**{key: value for key, value in GOOD.items() if key not in keys}, **change}


def build(*entries):
    return build_waivers("waivers.yml", {"waivers": list(entries)}, **KNOWN)


def test_a_date_may_be_a_text():
    (waiver,) = build({**GOOD, "expires": "2026-12-01"})
    assert waiver == {**GOOD, "home": None, "expires": "2026-12-01"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (without("host"), "names neither host and home"),
        ({**GOOD, "home": "lab"}, "names both host and home"),
        ({**GOOD, "control": "*"}, "control: '*' is too broad"),
        ({**GOOD, "control": "HW-MFA-*"}, "is too broad"),
        ({**GOOD, "host": "all"}, "host: 'all' is too broad"),
        ({**GOOD, "host": "ha,gate"}, "is too broad"),
        (without("host", home="any"), "home: 'any' is too broad"),
        ({**GOOD, "control": "HW-MFA-03"}, "there is no control 'HW-MFA-03'; did you mean"),
        ({**GOOD, "host": "hq"}, "there is no host 'hq'"),
        (without("host", home="lob"), "there is no home 'lob'; did you mean lab?"),
        ({**GOOD, "control": ["HW-MFA-01"]}, "control: must be a text"),
        (without("reason"), "reason: missing"),
        ({**GOOD, "owner": " "}, "owner: must be a text"),
        ({**GOOD, "until": 1}, "until: unknown key"),
        ({**GOOD, "expires": "soon"}, "expires: 'soon' must be a date"),
        ({**GOOD, "expires": "2026-02-30"}, "must be a date"),
        ({**GOOD, "expires": datetime(2026, 12, 1, 8)}, "must be a date"),
        ({**GOOD, "expires": "2036-01-01"}, "is too far away"),
        ({**GOOD, "expires": 20261201}, "must be a date"),
    ],
)
def test_a_bad_entry_is_refused(entry, expected):
    with pytest.raises(WaiverError) as error:
        build(entry)
    assert expected in str(error.value) and "waivers.yml: waivers[0]" in str(error.value)


def test_every_problem_is_told_at_once():
    with pytest.raises(WaiverError) as error:
        build(without("owner"), GOOD, GOOD, "text")
    assert len(error.value.problems) == 3


def test_the_host_goes_before_its_home():
    waivers = build(without("host", home="lab"), GOOD)
    assert waiver_for(waivers, "HW-MFA-01", "ha", "lab")["host"] == "ha"
    assert waiver_for(waivers, "HW-MFA-01", "gate", "lab")["home"] == "lab"
    assert waiver_for(waivers, "HW-MFA-02", "ha", "lab") is None
    assert waiver_for(waivers, "HW-MFA-01", "ha-south", "south") is None


def test_the_named_day_is_the_last():
    (waiver,) = build(GOOD)
    assert waived_status("fail", waiver, date(2026, 12, 1)) == "waived"
    assert waived_status("fail", waiver, date(2026, 12, 2)) == "waiver_expired"
    assert waived_status("unknown", waiver, date(2026, 12, 2)) == "waiver_expired"


@pytest.mark.parametrize("status", ["pass", "not_applicable"])
def test_what_needs_no_excuse_keeps_its_status(status):
    (waiver,) = build(GOOD)
    assert waived_status(status, waiver, TODAY) == status
    assert waived_status(status, None, TODAY) == status


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("waivers: [", "is not valid YAML"),
        ("waivers:\n- control: A\n  control: B\n", "line 3: is not valid YAML: the key 'control' is there twice"),
        ("- a\n", "must hold the one key 'waivers'"),
        ("", "must hold the one key 'waivers'"),
        ("waivers: {}\n", "waivers: must be a list"),
        ("waivers: []\nwaiver: []\n", "waiver: unknown key"),
        ("waivers:\n- {expires: 2026-13-45}\n", "is not valid YAML"),
        ("waivers: !!python/object/apply:os.system [id]\n", "is not valid YAML"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, text, expected):
    (tmp_path / "w.yml").write_text(text)
    with pytest.raises(WaiverError, match=expected.replace("[", r"\[")):
        load_waivers("w.yml", tmp_path, **KNOWN)


def test_a_missing_file_is_refused_and_no_file_is_no_waiver(tmp_path):
    with pytest.raises(WaiverError, match="cannot be read"):
        load_waivers("w.yml", tmp_path, **KNOWN)
    assert load_waivers(None, tmp_path, **KNOWN) == []
