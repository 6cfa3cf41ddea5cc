# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that is not as declared any more is seen, and mended."""

from __future__ import annotations

import time

import pytest

from .door_stage import NAME, changed

UNKNOWN_NAMES = "/etc/nginx/conf.d/hearthwall-unknown-names.conf"
PARTS = "/etc/nginx/hearthwall"
OWN = "/etc/nginx/conf.d/hearthwall.conf"
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
    "HW-PROXY-09": f"sed -i 's#return 301 https:.*#return 200 hello;#' {OWN}; {RELOAD}",
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
