# SPDX-License-Identifier: GPL-3.0-or-later
"""Home Assistant behind the front door, looked at from outside."""

from __future__ import annotations

import json
import re
import time

import pytest

from .door_stage import DOOR, NAME, URL, changed


def test_http01(stage):
    done = stage.applied()
    verdicts = stage.verdicts(done)
    assert {verdict["status"] for verdict in verdicts.values()} <= {"pass", "not_applicable"}, verdicts
    assert verdicts["HW-TLS-02"]["changed"]
    assert "Pebble Intermediate" in stage.about("issuer")


def test_a_second_apply_changes_nothing(stage):
    with stage.unchanged():
        done = stage.applied("-vvv")
    assert changed(done) == 0
    assert done.stdout.count("SSH: EXEC") == 1, "an unchanged host is looked at once"


def test_a_dry_run_afterwards_agrees(stage):
    with stage.unchanged():
        done = stage.applied("--check")
    assert changed(done) == 0
    assert {verdict["status"] for verdict in stage.verdicts(done).values()} <= {"pass", "not_applicable"}


def test_home_assistant_is_served(stage):
    status, _headers, body = stage.curl(f"{URL}/lovelace?x=1")
    assert status == 200
    seen = json.loads(body)
    assert seen["path"] == "/lovelace?x=1"
    assert seen["headers"]["host"] == [NAME]
    assert seen["headers"]["x-forwarded-proto"] == ["https"]


def test_sslyze_accepts_the_profile(stage):
    graded = stage.sslyze("intermediate")
    assert graded.returncode == 0 and "OK - Compliant" in graded.stdout, graded.stdout[-1500:]
    assert "FAILED" in stage.sslyze("modern").stdout, "a grader that accepts everything proves nothing"


def test_strangers_get_nothing(stage):
    for name in (None, "stranger.invalid", "other.hearthwall.test"):
        assert stage.certificate(name) == ""
    assert stage.certificate(NAME)
    # The right name in the handshake does not help a request for another one.
    assert stage.curl(f"{URL}/", "-H", "Host: stranger.invalid")[0] in (None, 421)
    for options in ((), ("-H", "Host: stranger.invalid")):
        assert stage.curl(f"http://{DOOR}/", *options)[0] is None


def test_plain_http_only_redirects(stage):
    status, headers, _body = stage.curl(f"http://{NAME}/auth/token?secret=1", "-d", "x=y")
    assert status == 301 and headers["location"] == [f"{URL}/auth/token?secret=1"]
    assert stage.curl(f"http://{NAME}/.well-known/acme-challenge/../../etc/passwd", "--path-as-is")[0] in (
        301,
        400,
        404,
    )


@pytest.mark.parametrize("family", ["4", "6"])
def test_a_forged_address_changes_nothing(stage, family):
    address, client = (DOOR, "10.77.0.30") if family == "4" else ("[2001:db8:77::10]", "2001:db8:77::30")
    forged = (
        "X-Forwarded-For: 192.0.2.1",
        "X-Forwarded-For: 127.0.0.1, 192.0.2.9",
        "X-Real-IP: 192.0.2.1",
        "Forwarded: for=192.0.2.1",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Host: evil.example",
    )
    options = [part for header in forged for part in ("-H", header)]
    status, _headers, body = stage.curl(f"{URL}/", *options, address=address)
    seen = json.loads(body)["headers"]
    assert status == 200
    assert seen["x-forwarded-for"] == [client] and seen["x-real-ip"] == [client]
    assert seen["x-forwarded-proto"] == ["https"] and seen["x-forwarded-host"] == [NAME]
    assert "forwarded" not in seen and "192.0.2" not in body


def test_an_absolute_request_line_cannot_smuggle_another_host(stage):
    assert "evil.example" not in stage.client("smuggle")


def test_websockets_pass(stage):
    assert "auth_required" in stage.client("websocket")


def test_headers(stage):
    for path, status in (("/", 200), ("/" + "x" * 30000, 414)):
        answered, headers, _body = stage.curl(URL + path, "--http1.1")
        assert answered == status
        assert headers["strict-transport-security"] == ["max-age=63072000"]
        assert headers["x-content-type-options"] == ["nosniff"]
        assert headers["x-frame-options"] == ["SAMEORIGIN"]
        assert headers["referrer-policy"] == ["no-referrer"]
        assert headers["content-security-policy"] == ["frame-ancestors 'self'"]
        assert headers["server"] == ["nginx"]


def test_uploads(stage):
    stage.sh("outside", "truncate -s 130M /tmp/upload")
    send = ("--data-binary", "@/tmp/upload", "--max-time", "60")

    def post(path):
        to = ("-w", "%{http_code}", "--resolve", f"{NAME}:443:{DOOR}", URL + path)
        return stage.on("outside", "curl", "-sk", "-o", "/dev/null", *send, *to, check=False, timeout=90).stdout

    assert post("/api/services/x") == "413"
    assert post("/api/backup/upload?agent_id=backup.local") == "200"


def _statuses(stage, count, *options, path="/auth/login_flow/1"):
    """Return the statuses of some requests that come as fast as they can, on one connection."""
    send = ("-sk", "-o", "/dev/null", "-w", "%{http_code} ", "--max-time", "60", "-d", "x=y")
    to = ("--resolve", f"{NAME}:443:{DOOR}", f"{URL}{path}?[1-{count}]")
    return stage.on("outside", "curl", *send, *options, *to).stdout.split()


def test_logins_are_limited(stage):
    stage.on("door", "systemctl", "restart", "nginx")  # an empty memory of who came before
    statuses = _statuses(stage, 16)
    assert statuses[:11] == ["200"] * 11 and statuses[12:] == ["429"] * 4
    # Neither another spelling of the path nor a forged address is another client.
    assert _statuses(stage, 2, "-H", "X-Forwarded-For: 192.0.2.77")[-1] == "429"
    assert _statuses(stage, 2, path="/auth/login%5fflow/1")[-1] == "429"
    assert _statuses(stage, 2, "--path-as-is", path="//auth/login_flow/1")[-1] == "429"
    # Whoever is logged in goes on undisturbed, and so does everybody else.
    assert _statuses(stage, 20, path="/api/states") == ["200"] * 20
    assert (
        stage.sh(
            "door", f"curl -sk -o /dev/null -w '%{{http_code}}' --resolve {NAME}:443:127.0.0.1 {URL}/auth/login_flow/1"
        ).stdout
        == "200"
    )


def test_a_whole_ipv6_network_is_one_client(stage):
    stage.on("door", "systemctl", "restart", "nginx")
    begun = time.monotonic()
    script = """
        for i in $(seq 1 24); do ip -6 addr add 2001:db8:77::bad:$i/64 dev eth0 nodad; done
        for i in $(seq 1 24); do
            curl -sk -o /dev/null -w '%{http_code} ' --interface 2001:db8:77::bad:$i --max-time 10 """
    script += f"--resolve {NAME}:443:[2001:db8:77::10] {URL}/auth/login_flow/1; done"
    statuses = stage.sh("outside", script).stdout.split()
    # Eleven at once, and one more for each six seconds that pass.
    assert statuses.count("200") <= 12 + (time.monotonic() - begun) / 6
    assert set(statuses) == {"200", "429"}


def test_a_slow_client_is_let_go(stage):
    # After ten seconds; nginx by itself would wait for sixty.
    assert float(stage.client("slow")) < 45


def test_logs_hold_no_secrets(stage):
    stage.curl(f"{URL}/?auth_callback=1&code=topsecret")
    stage.curl(f"{URL}/api/webhook/topsecret")
    log = stage.on("door", "cat", "/var/log/nginx/hearthwall.access.log").stdout
    assert "/api/webhook/-" in log and "topsecret" not in log


def test_key_modes(stage):
    listed = stage.sh(
        "door", "stat -c '%a %U %n' /etc/hearthwall/tls /etc/hearthwall/tls/* /etc/hearthwall/acme/order.ini"
    ).stdout
    assert re.findall(r"^\d+", listed, re.MULTILINE) == ["700", "600", "600"], listed
    stage.on("door", "chmod", "644", f"/etc/hearthwall/tls/{NAME}.pem")
    try:
        assert stage.verdicts(stage.applied("--check"))["HW-TLS-03"]["status"] == "fail"
    finally:
        stage.on("door", "chmod", "600", f"/etc/hearthwall/tls/{NAME}.pem")
