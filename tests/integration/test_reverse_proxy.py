# SPDX-License-Identifier: GPL-3.0-or-later
"""The role reverse_proxy, applied by ansible-playbook over SSH and looked at from outside.

One host lives through all of it: bare, served, renewed, drifted, refused. The tests are in that order.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "reverse_proxy"))

from door_stage import ALIAS, AUTHORITY, DOOR, HERE, NAME, UPSTREAM_PORT, Stage, changed

TOOLS = Path(sys.executable).parent
URL = f"https://{NAME}"


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("needs root (containers with networks of their own)")
    made = Stage(tmp_path_factory.mktemp("stage"))
    try:
        made.up()
        yield made
    finally:
        if not os.environ.get("KEEP_STAGE"):
            made.down()


# -- a bare host ----------------------------------------------------------------------------------------------


def test_a_dry_run_on_a_bare_host_says_all_and_changes_nothing(stage):
    with stage.unchanged():
        done = stage.applied("--check", "--diff")
    assert changed(done) == 1
    found = {control: verdict["status"] for control, verdict in stage.verdicts(done).items()}
    assert found["HW-PROXY-01"] == found["HW-TLS-01"] == found["HW-TLS-02"] == found["HW-TLS-04"] == "fail"
    assert "pass" not in found.values()
    assert "+    ssl_reject_handshake on;" in done.stdout


def test_a_first_order_that_fails_leaves_the_host_bare(stage):
    """The authority does not know the name's address: nothing half-done stays."""
    stage.dns("clear-a", host=NAME)
    stage.dns("add-a", host=NAME, addresses=["10.77.0.99"])
    try:
        done = stage.apply()
    finally:
        stage.dns("clear-a", host=NAME)
        stage.dns("add-a", host=NAME, addresses=[DOOR])
    assert done.returncode == 2
    assert NAME in done.stdout and "certbot" in done.stdout and "letsencrypt.log" in done.stdout
    assert "put back" in done.stdout
    assert stage.certificate() == ""
    assert not stage.on("door", "ls", "/etc/hearthwall/tls", check=False).stdout.strip()


# -- served ---------------------------------------------------------------------------------------------------


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


def _sslyze(stage, profile):
    trust = stage.folder / "roots.pem"
    trust.write_text(stage.roots())
    return stage.outside(
        str(TOOLS / "sslyze"),
        "--sni",
        NAME,
        "--certinfo_ca_file",
        str(trust),
        "--mozilla_config",
        profile,
        f"{DOOR}:443",
        check=False,
        timeout=120,
    )


def test_sslyze_accepts_the_profile(stage):
    graded = _sslyze(stage, "intermediate")
    assert graded.returncode == 0 and "OK - Compliant" in graded.stdout, graded.stdout[-1500:]
    assert "FAILED" in _sslyze(stage, "modern").stdout, "a grader that accepts everything proves nothing"


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
        done = stage.on(
            "outside",
            "curl",
            "-sk",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "--resolve",
            f"{NAME}:443:{DOOR}",
            *send,
            URL + path,
            check=False,
            timeout=90,
        )
        return done.stdout

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


# -- renewed --------------------------------------------------------------------------------------------------


def _due(stage):
    """Let certbot believe that the certificate is due, and let Debian's own unit do the rest."""
    stage.sh(
        "door",
        f"sed -i 's/.*renew_before_expiry.*/renew_before_expiry = 9000 days/' /etc/letsencrypt/renewal/{NAME}.conf",
    )


def test_renewal_serves_the_new_certificate(stage):
    before, started = stage.about("serial"), stage.on("door", "systemctl", "show", "-p", "ExecMainPID", "nginx").stdout
    _due(stage)
    stage.on("door", "systemctl", "start", "certbot.service", timeout=120)
    assert stage.about("serial") != before
    assert stage.on("door", "systemctl", "show", "-p", "ExecMainPID", "nginx").stdout == started, (
        "reloaded, not restarted"
    )
    assert stage.on("door", "systemctl", "is-active", "certbot.timer").stdout.strip() == "active"
    assert changed(stage.applied()) == 0


def test_a_renewal_that_nginx_refuses_is_noticed_and_caught_up(stage):
    served = stage.about("serial")
    stage.sh("door", "echo 'no_such_directive on;' > /etc/nginx/conf.d/mine.conf")
    _due(stage)
    stage.on("door", "systemctl", "start", "certbot.service", check=False, timeout=120)
    assert stage.on("door", "systemctl", "is-failed", "certbot.service", check=False).stdout.strip() == "failed"
    assert stage.about("serial") == served
    verdict = stage.verdicts(stage.applied("--check"))["HW-TLS-04"]
    assert verdict["status"] == "fail" and "certbot.service" in verdict["actual"]
    stage.on("door", "rm", "/etc/nginx/conf.d/mine.conf")
    stage.sh("door", f"sed -i '/renew_before_expiry/d' /etc/letsencrypt/renewal/{NAME}.conf")
    stage.on("door", "systemctl", "start", "certbot.service", timeout=120)
    assert stage.about("serial") != served, "the next run of the timer catches up"


def test_more_names_are_another_certificate(stage):
    stage.variables["reverse_proxy_server_aliases"] = [ALIAS]
    stage.applied()
    assert ALIAS in stage.about("text", stage.certificate(ALIAS)) and NAME in stage.about("text")
    assert stage.curl(f"https://{ALIAS}/", name=ALIAS)[0] == 200
    assert changed(stage.applied()) == 0


HOOK = f"""#!/bin/sh
curl -sf -d "{{\\"host\\": \\"_acme-challenge.$CERTBOT_DOMAIN.\\", \\"value\\": \\"$CERTBOT_VALIDATION\\"}}" http://{AUTHORITY}:8055/"""


def test_dns01_by_hooks_needs_no_open_port(stage):
    dns = {"provider": "manual", "auth_script": f"{HOOK}set-txt\n", "cleanup_script": f"{HOOK}clear-txt\n"}
    before = stage.about("serial")
    stage.variables.update(
        reverse_proxy_server_aliases=[],
        reverse_proxy_http_port=0,
        reverse_proxy_acme=stage.acme(challenge="dns-01", dns=dns),
    )
    stage.applied()
    assert stage.about("serial") != before and ALIAS not in stage.about("text")
    assert stage.curl(f"http://{NAME}/")[0] is None
    assert changed(stage.applied()) == 0


def test_dns01_by_rfc2136(stage):
    """Certbot's own plugin against BIND, with a key that must not show anywhere."""
    secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="
    stage.sh("authority", f"set -- {AUTHORITY} {DOOR} {secret}\n{(HERE / 'bind.sh').read_text()}", timeout=180)
    credentials = {
        "dns_rfc2136_server": AUTHORITY,
        "dns_rfc2136_port": "5300",
        "dns_rfc2136_name": "door",
        "dns_rfc2136_secret": secret,
        "dns_rfc2136_algorithm": "HMAC-SHA512",
    }
    dns = {"provider": "rfc2136", "credentials": credentials, "propagation_seconds": 2}
    before = stage.about("issuer")
    # Pebble forgot its accounts and made a new root: certbot has to find its way all the same.
    stage.sh("door", "rm -rf /etc/letsencrypt /etc/hearthwall/acme/done-*")
    stage.variables["reverse_proxy_acme"] = stage.acme(challenge="dns-01", dns=dns)
    done = stage.applied("-vvvv", "--diff")
    assert stage.about("issuer") != before
    assert secret not in done.stdout + done.stderr
    assert changed(stage.applied()) == 0
    held = stage.on("door", "stat", "-c", "%a", "/etc/hearthwall/acme/dns-credentials.ini").stdout.strip()
    assert (
        held == "600" and stage.on("door", "test", "-e", "/etc/hearthwall/acme/dns-auth", check=False).returncode == 1
    )
    stage.sh(
        "authority", "rm -r /run/systemd/system/pebble.service.d; systemctl daemon-reload; systemctl restart pebble"
    )
    stage.sh("door", "rm -rf /etc/letsencrypt /etc/hearthwall/acme/done-*")
    stage.variables.clear()
    stage.applied()


# -- refused: the old state goes on serving -------------------------------------------------------------------


def test_a_configuration_that_nginx_refuses(stage):
    with stage.unchanged():
        done = stage.apply(reverse_proxy_extra_server_config="no_such_directive on;")
    assert done.returncode == 2 and "no_such_directive" in done.stdout
    assert stage.curl(f"{URL}/")[0] == 200


def test_a_failed_order_leaves_the_old_certificate_serving(stage):
    served = stage.about("serial")
    with stage.unchanged():
        done = stage.apply(reverse_proxy_server_name="not-ours.hearthwall.test")
    assert done.returncode == 2
    assert "certbot" in done.stdout and "not-ours.hearthwall.test" in done.stdout and "Next:" in done.stdout
    assert stage.about("serial") == served and stage.curl(f"{URL}/")[0] == 200


def test_an_authority_that_is_away_keeps_the_old_certificate(stage):
    served = stage.about("serial")
    stage.on("authority", "systemctl", "stop", "pebble")
    try:
        with stage.unchanged():
            done = stage.apply(reverse_proxy_server_aliases=[ALIAS])
    finally:
        stage.on("authority", "systemctl", "start", "pebble")
    assert done.returncode == 2 and "Connection refused" in done.stdout
    assert stage.about("serial") == served


def test_home_assistant_down_while_applying(stage):
    stage.upstream("stop")
    try:
        done = stage.apply(reverse_proxy_max_body_size="64m")
        assert done.returncode == 2
        assert "502" in done.stdout and "systemctl status home-assistant" in done.stdout
        verdict = stage.verdicts(stage.applied("--check"))["HW-PROXY-01"]
        assert verdict["status"] == "fail" and "502" in verdict["actual"]
    finally:
        stage.upstream("start")
    assert "client_max_body_size 128m;" in stage.on("door", "cat", "/etc/nginx/hearthwall/limits.conf").stdout
    end = time.monotonic() + 60
    while (served := stage.curl(f"{URL}/")[0]) != 200:
        assert time.monotonic() < end, served
        time.sleep(0.5)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"reverse_proxy_upstream": {}}, "reverse_proxy_upstream"),
        ({"reverse_proxy_acme": {}}, "accept_terms"),
        ({"reverse_proxy_certificate_source": "provided"}, "reverse_proxy_certificate_file"),
        ({"reverse_proxy_tls_profile": "old"}, "reverse_proxy_tls_profile"),
    ],
)
def test_what_cannot_work_is_refused_before_the_host_changes(stage, variables, named):
    done = stage.apply(**variables)
    assert done.returncode == 2 and named in done.stdout


# -- drifted --------------------------------------------------------------------------------------------------

UNKNOWN_NAMES = "/etc/nginx/conf.d/hearthwall-unknown-names.conf"
PARTS = "/etc/nginx/hearthwall"
HELD = f"/etc/hearthwall/tls/{NAME}.pem"
SHOWN = f"ssl_certificate {HELD}; ssl_certificate_key {HELD};"
OLD_TLS = "s/TLSv1.2/TLSv1.1 TLSv1.2/; s/^ssl_ciphers .*/ssl_ciphers ALL:@SECLEVEL=0;/"
SELF_SIGNED = "openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=x -keyout /tmp/k -out /tmp/c 2>/dev/null"
RELOAD = "systemctl reload nginx"
DRIFT = {
    "HW-TLS-01": f"sed -i '{OLD_TLS}' {PARTS}/tls.conf; {RELOAD}",
    "HW-TLS-02": f"{SELF_SIGNED}; cat /tmp/c /tmp/k > {HELD}; {RELOAD}",
    "HW-TLS-04": "systemctl disable --now certbot.timer",
    "HW-TLS-05": f"sed -i /Strict-Transport/d {PARTS}/headers.conf; {RELOAD}",
    "HW-PROXY-01": "systemctl stop nginx",
    "HW-PROXY-02": f"sed -i 's#ssl_reject_handshake on;#{SHOWN}#' {UNKNOWN_NAMES}; {RELOAD}",
    "HW-PROXY-04": f"sed -i 's/For $remote_addr/For $proxy_add_x_forwarded_for/' {PARTS}/forward.conf; {RELOAD}",
    "HW-PROXY-05": f"sed -i /nosniff/d {PARTS}/headers.conf; {RELOAD}",
}


@pytest.mark.parametrize("controls", [["HW-PROXY-01"], [control for control in DRIFT if control != "HW-PROXY-01"]])
def test_drift_is_seen_and_mended(stage, controls):
    for control in controls:
        stage.sh("door", DRIFT[control])
    time.sleep(0.5)
    seen = stage.verdicts(stage.applied("--check"))
    assert {control: seen[control]["status"] for control in controls} == dict.fromkeys(controls, "fail")
    mended = stage.verdicts(stage.applied())
    assert {control: mended[control]["status"] for control in controls} == dict.fromkeys(controls, "pass")
    assert all(mended[control]["changed"] for control in controls)
    assert changed(stage.applied("--check")) == 0


def test_a_door_that_serves_something_else_than_its_files_say_fails(stage):
    """The files are as declared, nginx runs with others: only a look at what is served tells."""
    stage.sh(
        "door",
        f"cp -p {UNKNOWN_NAMES} /root/kept; sed -i 's#ssl_reject_handshake on;#{SHOWN}#' {UNKNOWN_NAMES}; "
        f"systemctl reload nginx; sleep 1; cp -p /root/kept {UNKNOWN_NAMES}",
    )
    verdict = stage.verdicts(stage.applied("--check"))["HW-PROXY-02"]
    assert verdict["status"] == "fail" and "shown" in verdict["actual"]
    stage.on("door", "systemctl", "reload", "nginx")


def test_a_certificate_that_is_never_good_enough_is_ordered_once(stage):
    declared = {"reverse_proxy_certificate_min_days": 300}
    verdict = stage.verdicts(stage.applied(**declared))["HW-TLS-02"]
    assert verdict["status"] == "fail" and "ends in" in verdict["actual"]
    assert changed(stage.applied(**declared)) == 0
    stage.applied()


# -- declared otherwise ---------------------------------------------------------------------------------------


def test_the_modern_profile(stage):
    stage.applied(reverse_proxy_tls_profile="modern")
    graded = _sslyze(stage, "modern")
    # Pebble signs with RSA, which is the authority's choice and not the front door's.
    complaints = re.findall(r"^ +\* (\w+):", graded.stdout.split("COMPLIANCE", 1)[1], re.MULTILINE)
    assert set(complaints) <= {"certificate_signatures", "certificate_path_validation"}, graded.stdout[-1500:]
    assert stage.certificate(NAME, "-tls1_2") == ""


def test_client_certificates(stage):
    folder = stage.folder
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    for who in ("family", "stranger"):
        stage.outside(
            "openssl",
            "req",
            "-x509",
            *new,
            "-days",
            "9",
            "-subj",
            f"/CN={who}",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
            "-keyout",
            str(folder / f"{who}-ca.key"),
            "-out",
            str(folder / f"{who}-ca.pem"),
        )
        stage.outside(
            "openssl",
            "req",
            *new,
            "-subj",
            "/CN=phone",
            "-keyout",
            str(folder / f"{who}.key"),
            "-out",
            str(folder / f"{who}.csr"),
        )
        stage.outside(
            "openssl",
            "x509",
            "-req",
            "-in",
            str(folder / f"{who}.csr"),
            "-CA",
            str(folder / f"{who}-ca.pem"),
            "-CAkey",
            str(folder / f"{who}-ca.key"),
            "-CAcreateserial",
            "-days",
            "9",
            "-out",
            str(folder / f"{who}.pem"),
        )

    def come(who, path="/api/states"):
        given = ("--cert", str(folder / f"{who}.pem"), "--key", str(folder / f"{who}.key")) if who else ()
        return stage.curl(URL + path, "--path-as-is", *given)[0]

    declared = {"reverse_proxy_client_ca": (folder / "family-ca.pem").read_text()}
    done = stage.applied(reverse_proxy_client_certificates="required", **declared)
    assert stage.verdicts(done)["HW-PROXY-06"]["status"] == "pass"
    assert (come(None), come("stranger"), come("family")) == (400, 400, 200)
    stage.applied(
        reverse_proxy_client_certificates="required",
        reverse_proxy_client_certificate_exempt_paths=["/api/webhook/"],
        **declared,
    )
    assert (come(None), come("stranger"), come("family")) == (403, 400, 200)
    assert come(None, "/api/webhook/x") == 200
    for path in (
        "/api/webhook/../states",
        "/api/webhook/%2e%2e/states",
        "/api/webhook/..%2fstates",
        "/api/webhookx",
        "//api/states",
    ):
        assert come(None, path) == 403, path
    stage.applied(reverse_proxy_client_certificates="optional", **declared)
    assert (come(None), come("stranger"), come("family")) == (200, 400, 200)
    done = stage.applied()
    assert stage.verdicts(done)["HW-PROXY-06"]["status"] == "not_applicable"
    assert stage.on("door", "test", "-e", "/etc/nginx/hearthwall/client-ca.pem", check=False).returncode == 1


def test_addresses(stage):
    done = stage.applied(reverse_proxy_allow=["10.77.0.0/24"], reverse_proxy_deny=["10.77.0.30"])
    assert stage.verdicts(done)["HW-PROXY-07"]["status"] == "pass"
    assert stage.curl(f"{URL}/")[0] == 403
    assert stage.curl(f"{URL}/", "-H", "X-Forwarded-For: 10.77.0.31")[0] == 403
    stage.applied(reverse_proxy_allow=["10.77.0.30"])
    assert stage.curl(f"{URL}/")[0] == 200
    assert stage.curl(f"{URL}/", address="[2001:db8:77::10]")[0] == 403
    stage.applied()


def test_the_owners_own_sites_stay(stage):
    stage.sh(
        "door",
        "printf 'server { listen 80; server_name mine.hearthwall.test; return 200 mine; }\\n' "
        "> /etc/nginx/sites-available/mine; "
        "ln -s /etc/nginx/sites-available/mine /etc/nginx/sites-enabled/mine; systemctl reload nginx",
    )
    try:
        assert changed(stage.applied()) == 0
        assert changed(stage.applied(reverse_proxy_max_body_size="64m")) == 1
        assert stage.curl("http://mine.hearthwall.test/", name="mine.hearthwall.test")[2].strip() == "mine"
    finally:
        stage.sh("door", "rm /etc/nginx/sites-enabled/mine /etc/nginx/sites-available/mine; systemctl reload nginx")
    stage.applied()


def test_a_provided_certificate(stage):
    stage.sh(
        "door",
        "mkdir -p /srv/own && cd /srv/own && openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN=own "
        f"-addext subjectAltName=DNS:{NAME} -keyout key.pem -out chain.pem 2>/dev/null; chmod 644 key.pem",
    )
    declared = {
        "reverse_proxy_certificate_source": "provided",
        "reverse_proxy_acme": {},
        "reverse_proxy_certificate_file": "/srv/own/chain.pem",
        "reverse_proxy_certificate_key_file": "/srv/own/key.pem",
    }
    verdicts = stage.verdicts(stage.applied(**declared))
    assert "CN=own" in stage.about("subject").replace(" ", "")
    assert (verdicts["HW-TLS-02"]["status"], verdicts["HW-TLS-03"]["status"]) == ("fail", "fail")
    assert "self-signed" in verdicts["HW-TLS-02"]["actual"]
    assert verdicts["HW-TLS-04"]["status"] == "not_applicable"
    gone = stage.on("door", "test", "-e", "/etc/systemd/system/certbot.service.d/hearthwall.conf", check=False)
    assert gone.returncode == 1, "nothing of the order stays behind"
    stage.applied()
    assert "Pebble" in stage.about("issuer")


def test_the_upstream_is_never_assumed(stage):
    forward = stage.on("door", "cat", "/etc/nginx/hearthwall/forward.conf").stdout
    assert f"proxy_pass http://127.0.0.1:{UPSTREAM_PORT};" in forward
