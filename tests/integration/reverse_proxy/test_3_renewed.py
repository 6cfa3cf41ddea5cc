# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates are renewed by Debian's own timer, and ordered anew where others are declared."""

from __future__ import annotations

from .door_stage import ALIAS, AUTHORITY, DOOR, HERE, NAME, changed


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
