# SPDX-License-Identifier: GPL-3.0-or-later
"""The older release in order: soft, found wanting, hardened, applied again, seen from outside, restarted."""

from __future__ import annotations

import pyotp
import pytest
from lab import CONFIG, PATIENT, WAN
from outside import FRONT_DOOR, HA6, fresh_source, guess_until_stopped, log_in, open_ports

RELEASE = "2026.2.3"
ROLES = {"accounts", "reverse_proxy", "exposure"}
ENROLLED = ("olivia", "felix")
# What no hardening mends: the release itself is too old. It is named, and asks for an update.
TOO_OLD = "HW-UPD-01"
# The lab declares nobody outside who would try its ways in.
UNTRIED = "HW-WAY-09"
DESPITE = ("-e", "hearthwall_fail_on=critical")
PORT_FORWARD = {**FRONT_DOOR, "doors": [f"http://{WAN}:8123"]}


def statuses(lab, *prefixes):
    return {control: status for (control, _host), status in lab.statuses().items() if control.startswith(prefixes)}


def http_settings(lab):
    return lab.on("ha", "sh", "-c", f"cd {CONFIG}; cat configuration.yaml hearthwall_http.yaml").ok().out


# -- soft -----------------------------------------------------------------------------------------------------


def test_it_is_the_older_release_and_a_password_alone_logs_in(lab):
    assert lab.on("ha", "cat", f"{CONFIG}/.HA_VERSION").ok().out.strip() == RELEASE
    for username in ENROLLED:
        outcome = log_in(lab, fresh_source(lab), username, target=PORT_FORWARD)
        assert outcome["succeeded"], outcome


def test_the_dry_run_finds_it_wanting(lab):
    assert lab.playbook("check.yml", *PATIENT).rc == 2
    found = lab.statuses()
    for control in ("MFA-01", "ACC-01", "ACC-02", "ACC-04", "ACC-05", "WAY-05", "WAY-06", "PROXY-01", "TLS-01"):
        assert found[f"HW-{control}", "ha"] == "fail", control
    for control in ("WAY-01", "WAY-02", "WAY-03", "WAY-04", "WAY-07"):
        assert found[f"HW-{control}", "gateway"] == "fail", control
    # YAML is read with the host's python3-yaml, which a bare host does not have: not determined, and not passed.
    assert set(statuses(lab, "HW-HTTP").values()) == {"unknown"}


# -- hardened -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hardened(lab):
    assert lab.playbook("site.yml").rc == 2
    lab.playbook("check.yml", *DESPITE).ok()
    return lab.report()


def test_every_control_passes_after_the_apply(hardened):
    left = {
        entry["id"]: entry["actual"]
        for entry in hardened["controls"]
        if entry["status"] in ("fail", "error")
        or (entry["role"] in ROLES and entry["status"] not in ("pass", "not_applicable"))
    }
    assert "no exposure_vantage is declared" in left.pop(UNTRIED)
    assert set(left) == {TOO_OLD} and "2026.7.0 has all the fixes" in left[TOO_OLD]


def test_the_second_apply_changes_nothing(lab, hardened):
    assert lab.playbook("site.yml", *DESPITE).ok().changed() == 0


@pytest.mark.parametrize("username", ENROLLED)
def test_a_login_takes_password_and_code(lab, hardened, username):
    alone = log_in(lab, fresh_source(lab), username)
    assert not alone["succeeded"] and "code_asked" in alone["how"], alone
    both = log_in(lab, fresh_source(lab), username, code=pyotp.TOTP(lab.totp_secret(username)).now())
    assert both["succeeded"], both


def test_only_the_front_door_answers_on_the_internet_side(lab, hardened):
    assert open_ports(lab) == {(address, port) for address in (WAN, HA6) for port in (80, 443)}


def test_bad_logins_ban_the_client_whatever_it_forges(lab, hardened):
    source = fresh_source(lab)
    assert not guess_until_stopped(lab, source, forge=True)["succeeded"]
    banned = lab.on("ha", "cat", f"{CONFIG}/ip_bans.yaml").ok().out
    assert source[0] in banned
    assert not any(innocent in banned for innocent in ("127.0.0.1", "::1", "203.0.113."))
    assert lab.intruder("phone", "reach", target=FRONT_DOOR, source=None)["succeeded"]


def test_the_http_settings_stand_after_a_restart(lab, hardened):
    before = http_settings(lab)
    assert "!include hearthwall_http.yaml" in before
    started = lab.home_assistant_started()
    lab.on("ha", "systemctl", "restart", "home-assistant").ok()
    lab.wait_for_home_assistant(after=started)
    assert http_settings(lab) == before
    lab.playbook("check.yml", *DESPITE).ok()
    assert set(statuses(lab, "HW-HTTP").values()) == {"pass"}
    # What is written is what is in force: it still asks for the code through the proxy, and nowhere else.
    alone = log_in(lab, fresh_source(lab), "olivia")
    assert "code_asked" in alone["how"], alone
    listening = lab.on("ha", "ss", "-Hltn", "sport = :8123").ok().out
    assert {line.split()[3] for line in listening.splitlines()} == {"127.0.0.1:8123", "[::1]:8123"}
