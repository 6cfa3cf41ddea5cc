# SPDX-License-Identifier: GPL-3.0-or-later
"""The hardened home seen from outside: real logins, real handshakes, a real browser."""

from __future__ import annotations

import json
import re

import pyotp
import pytest
from lab import CONFIG, NAME, ROOT, WAN
from outside import FRONT_DOOR, HA6, guess_until_stopped, log_in, open_ports

ENROLLED = ("olivia", "felix")


@pytest.mark.parametrize("username", ENROLLED)
def test_the_password_alone_does_not_log_in(lab, source, username):
    outcome = log_in(lab, source, username)
    assert not outcome["succeeded"]
    assert "code_asked" in outcome["how"]


@pytest.mark.parametrize("username", ENROLLED)
def test_password_and_code_log_in(lab, source, username):
    outcome = log_in(lab, source, username, code=pyotp.TOTP(lab.totp_secret(username)).now())
    assert outcome["succeeded"], outcome


def test_only_the_front_door_answers_on_the_internet_side(lab):
    assert open_ports(lab) == {(address, port) for address in (WAN, HA6) for port in (80, 443)}


def test_tls_is_as_mozilla_recommends(lab):
    run = lab.in_network_of(
        "attacker",
        ROOT / ".venv/bin/sslyze",
        "--mozilla_config=intermediate",
        f"--certinfo_ca_file={ROOT / '.lab/acme-root.pem'}",
        f"{NAME}:443{{{WAN}}}",
        seconds=180,
    )
    assert run.rc == 0, run.text[-3000:]
    assert re.search(r"OK - Compliant", run.out), run.out[-1500:]


def test_a_visitor_who_knows_only_the_address_learns_nothing(lab):
    assert not lab.intruder("attacker", "certificate", target=FRONT_DOOR, source=None)["succeeded"]


def test_the_page_works_in_a_browser_with_its_websocket(lab):
    owner = lab.people()["owner"]
    order = {
        "url": f"https://{NAME}/",
        "address": WAN,
        "username": owner["username"],
        "password": owner["password"],
        "code": pyotp.TOTP(lab.totp_secret(owner["username"])).now(),
        "screenshot": str(ROOT / "reports/lab/page.png"),
    }
    run = lab.in_network_of("phone", ROOT / ".venv/bin/python", "tests/home/page.py", json.dumps(order), seconds=180)
    seen = json.loads(run.ok().out.splitlines()[-1])
    assert seen["authenticated"] and seen["frames"] > 3, seen
    assert seen["refused"] == [], seen


def test_bad_logins_ban_the_client_and_not_the_proxy(lab, source):
    assert not guess_until_stopped(lab, source)["succeeded"]
    banned = lab.on("ha", "cat", f"{CONFIG}/ip_bans.yaml").ok().out
    assert source[0] in banned
    assert "127.0.0.1" not in banned and "::1" not in banned
    assert lab.intruder("phone", "reach", target=FRONT_DOOR, source=None)["succeeded"]


def test_a_forged_forwarding_header_changes_nothing(lab, source):
    assert not guess_until_stopped(lab, source, forge=True)["succeeded"]
    banned = lab.on("ha", "cat", f"{CONFIG}/ip_bans.yaml").ok().out
    assert source[0] in banned
    assert "203.0.113." not in banned
