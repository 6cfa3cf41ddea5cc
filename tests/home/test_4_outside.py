# SPDX-License-Identifier: GPL-3.0-or-later
"""The hardened home seen from outside: real logins, real handshakes, a real browser."""

from __future__ import annotations

import json
import re

import pyotp
import pytest
from lab import CONFIG, NAME, ROOT, WAN

FRONT_DOOR = {"doors": [f"https://{WAN}:443"], "name": NAME, "bare": f"{WAN}:443"}
ENROLLED = ("olivia", "felix")


@pytest.fixture
def source(lab, request):
    """An address on the internet side that no other test uses."""
    number = 180 + request.node.nodeid.__hash__() % 60
    lab.on("attacker", "ip", "address", "replace", f"198.51.100.{number}/32", "dev", "eth0").ok()
    return [f"198.51.100.{number}", "::"]


@pytest.mark.parametrize("username", ENROLLED)
def test_the_password_alone_does_not_log_in(lab, source, username):
    password = next(person["password"] for person in lab.people().values() if person["username"] == username)
    outcome = lab.intruder("attacker", "log_in", target=FRONT_DOOR, source=source, username=username, password=password)
    assert not outcome["succeeded"]
    assert "code_asked" in outcome["how"]


@pytest.mark.parametrize("username", ENROLLED)
def test_password_and_code_log_in(lab, source, username):
    password = next(person["password"] for person in lab.people().values() if person["username"] == username)
    outcome = lab.intruder(
        "attacker",
        "log_in",
        target=FRONT_DOOR,
        source=source,
        username=username,
        password=password,
        code=pyotp.TOTP(lab.totp_secret(username)).now(),
    )
    assert outcome["succeeded"], outcome


def test_only_the_front_door_answers_on_the_internet_side(lab):
    scan = (
        "import socket,concurrent.futures as f\n"
        "def o(t):\n"
        "  s=socket.socket(socket.AF_INET6 if ':' in t[0] else socket.AF_INET); s.settimeout(1)\n"
        "  try: s.connect(t); return t\n"
        "  except OSError: return None\n"
        "  finally: s.close()\n"
        "ports=[22,80,443,5351,8080,8123,18123,1900,49152]+list(range(8000,8200))+list(range(18100,18150))\n"
        f"targets=[(a,p) for a in ('{WAN}','2001:db8:100::2','2001:db8:40::10') for p in ports]\n"
        "print(sorted(set(filter(None,f.ThreadPoolExecutor(64).map(o,targets)))))"
    )
    answered = eval(lab.on("attacker", "python3", "-c", scan, seconds=180).ok().out)  # our own literal
    # The router's own SSH and admin page belong to row 6; they do not lead to Home Assistant.
    routers_own = {(WAN, 22), ("2001:db8:100::2", 22), ("2001:db8:100::2", 80)}
    assert set(answered) - routers_own == {
        (address, port) for address in (WAN, "2001:db8:40::10") for port in (80, 443)
    }


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
    outcome = lab.intruder(
        "attacker", "brute_force", target=FRONT_DOOR, source=source, username="olivia", guesses=30, pause=1.5
    )
    assert not outcome["succeeded"]
    banned = lab.on("ha", "cat", f"{CONFIG}/ip_bans.yaml").ok().out
    assert source[0] in banned
    assert "127.0.0.1" not in banned and "::1" not in banned
    assert lab.intruder("phone", "reach", target=FRONT_DOOR, source=None)["succeeded"]


def test_a_forged_forwarding_header_changes_nothing(lab, source):
    outcome = lab.intruder(
        "attacker",
        "brute_force",
        target=FRONT_DOOR,
        source=source,
        username="olivia",
        guesses=30,
        pause=1.5,
        forge=True,
    )
    assert not outcome["succeeded"]
    banned = lab.on("ha", "cat", f"{CONFIG}/ip_bans.yaml").ok().out
    assert source[0] in banned
    assert "203.0.113." not in banned
