# SPDX-License-Identifier: GPL-3.0-or-later
"""Other profiles, client certificates, addresses, the owner's own sites, a certificate of the owner's."""

from __future__ import annotations

import re

from .authority import Authority
from .door_stage import NAME, UPSTREAM_PORT, URL, changed


def test_the_modern_profile(stage):
    stage.applied(reverse_proxy_tls_profile="modern")
    graded = stage.sslyze("modern")
    # Pebble signs with RSA, which is the authority's choice and not the front door's.
    complaints = re.findall(r"^ +\* (\w+):", graded.stdout.split("COMPLIANCE", 1)[1], re.MULTILINE)
    assert set(complaints) <= {"certificate_signatures", "certificate_path_validation"}, graded.stdout[-1500:]
    assert stage.certificate(NAME, "-tls1_2") == ""


def test_client_certificates(stage):
    folder = stage.folder
    authorities = {who: Authority(folder, f"{who}-ca") for who in ("family", "stranger")}
    for who, authority in authorities.items():
        authority.sign(folder, who)

    def come(who, path="/api/states"):
        given = ("--cert", str(folder / f"{who}.pem"), "--key", str(folder / f"{who}.key")) if who else ()
        return stage.curl(URL + path, "--path-as-is", *given)[0]

    declared = {"reverse_proxy_client_ca": (folder / "family-ca.pem").read_text()}
    before = stage.verdicts(stage.applied("--check", reverse_proxy_client_certificates="required", **declared))
    assert before["HW-PROXY-06"]["status"] == "fail" and come(None) == 200
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
    declared = {"reverse_proxy_allow": ["10.77.0.0/24"], "reverse_proxy_deny": ["10.77.0.30"]}
    assert stage.verdicts(stage.applied("--check", **declared))["HW-PROXY-07"]["status"] == "fail"
    done = stage.applied(**declared)
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
