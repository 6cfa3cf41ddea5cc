# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tunnel is run with, where it leads, and who stands in front of it."""

from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.cloudflare import access, credentials, ingress, judge
from ansible_collections.hearthwall.home.plugins.module_utils.description import cloudflare_tunnel
from ansible_collections.hearthwall.home.plugins.module_utils.description.home import DescribedHome, DescribedHost

ACCOUNT, TUNNEL = "0a1b2c", "6ff42ae2-765d-4adf-8112-31c55c1551ef"
SECRET = base64.b64encode(b"a secret of thirty-two bytes....").decode()
HELD = {"AccountTag": ACCOUNT, "TunnelID": TUNNEL, "TunnelSecret": SECRET}
TOKEN = base64.b64encode(json.dumps({"a": ACCOUNT, "t": TUNNEL, "s": SECRET}).encode()).decode()
NAME, SERVICE = "ha.example.org", "https://127.0.0.1:443"
RULES = ingress.rules([NAME], SERVICE, {"originServerName": NAME})


def test_the_tunnel_is_known_from_what_runs_it():
    assert credentials.of_token(f" {TOKEN}\n") == credentials.of_file(HELD) == credentials.Tunnel(ACCOUNT, TUNNEL)


@pytest.mark.parametrize(
    "text",
    ["", "cloudflared service install eyJh", TOKEN[:-9], base64.b64encode(b'{"a": 1}').decode(), "é", None, "e30="],
)
def test_a_broken_token_is_refused_without_being_told(text):
    with pytest.raises(credentials.Unusable) as told:
        credentials.of_token(text)
    assert not text or len(text) < 5 or text not in str(told.value)


def test_broken_credentials_are_refused():
    for spoiled in ({}, {**HELD, "TunnelID": "home"}, {**HELD, "TunnelSecret": "?"}, None):
        with pytest.raises(credentials.Unusable):
            credentials.of_file(spoiled)


def test_the_declared_rules_are_right_as_cloudflare_gives_them_back():
    given_back = [{**rule, "originRequest": {**rule.get("originRequest", {}), "caPool": ""}} for rule in RULES]
    assert ingress.deviations({"ingress": given_back, "warp-routing": {"enabled": False}}, RULES) == []


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (None, "does not lead ha.example.org"),
        ({"ingress": [{"service": "http://192.168.1.1"}]}, "leads * to http://192.168.1.1"),
        (
            {"ingress": [*RULES[:1], {"hostname": "nas.example.org", "service": "ssh://nas:22"}, *RULES[1:]]},
            "nas.example.org",
        ),
        ({"ingress": RULES[:1]}, "not answered with 404"),
        ({"ingress": [*RULES, *RULES[1:]]}, "another order"),
        (
            {"ingress": [{"hostname": NAME, "service": SERVICE, "originRequest": {"noTLSVerify": True}}, *RULES[1:]]},
            "noTLS",
        ),
        ({"ingress": RULES, "warp-routing": {"enabled": True}}, "whole network"),
        ({"ingress": RULES, "originRequest": {"noTLSVerify": True}}, "believes any certificate"),
    ],
)
def test_everything_else_is_told_and_mended(config, words):
    assert words in "; ".join(ingress.deviations(config, RULES))
    assert judge.leads(config, RULES, "cloudflare")["status"] == "fail"
    assert ingress.deviations(ingress.amended(config, RULES), RULES) == []


def test_what_is_said_of_connections_stays():
    config = {"ingress": [], "originRequest": {"connectTimeout": 10, "noTLSVerify": True}}
    assert ingress.amended(config, RULES)["originRequest"] == {"connectTimeout": 10}


def test_a_tunnel_that_is_managed_elsewhere_is_not_judged_by_cloudflare():
    assert judge.leads({"ingress": RULES}, RULES, "local")["status"] == "unknown"


def app(domain, decision="allow", include=({"email": {"email": "olivia@example.org"}},), **more):
    policy = {"name": "people", "decision": decision, "include": list(include)}
    return {"type": "self_hosted", "domain": domain, "policies": [policy], **more}


EVERYONE = ({"everyone": {}},)


@pytest.mark.parametrize(
    ("apps", "words"),
    [
        ([app(NAME)], ""),
        ([app(NAME, policies=[])], ""),
        ([app("*.example.org")], ""),
        ([app(None, destinations=[{"type": "public", "uri": NAME}])], ""),
        ([app(NAME), app("*.example.org", "bypass", EVERYONE)], ""),
        ([app(NAME), app(f"{NAME}/api/webhook", "bypass", EVERYONE)], ""),
        (
            [
                app(
                    NAME,
                    "allow",
                    EVERYONE,
                    policies=[{"decision": "allow", "include": EVERYONE, "require": [{"geo": {}}]}],
                )
            ],
            "",
        ),
        ([], "no Access application covers"),
        ([app("example.org"), app("nas.example.org")], "no Access application covers"),
        ([app("*.example.org.evil.example")], "no Access application covers"),
        ([app(f"{NAME}/admin")], "no Access application covers"),
        ([app(NAME, type="bookmark")], "no Access application covers"),
        ([app(NAME, "bypass", EVERYONE)], "without asking"),
        ([app(NAME, "allow", EVERYONE)], "lets everyone in"),
        ([app(NAME), app(f"{NAME}/api", "bypass", EVERYONE)], "/api"),
        ([app("*.example.org", "bypass", EVERYONE)], "without asking"),
    ],
)
def test_access_asks_everybody(apps, words):
    found = "; ".join(access.deviations(apps, NAME, ["/api/webhook"]))
    assert (words in found) if words else not found
    assert judge.asked(apps, NAME, ["api/webhook/"])["status"] == ("fail" if words else "pass")


def test_the_vendors_own_unit_beside_ours_is_a_finding():
    stopped = {"active": "inactive", "enabled": "disabled"}
    assert judge.beside({"services": {"cloudflared.service": stopped, judge.UNIT: {"active": "active"}}}) == []
    running = {"services": {"cloudflared-update.timer": {"active": "active", "enabled": "disabled"}}}
    assert judge.beside(running)[0]["status"] == "fail" and not judge.is_open(running)


GOOD = {
    "cloudflare_tunnel_hostname": NAME,
    "cloudflare_tunnel_token": TOKEN,
    "reverse_proxy_server_name": NAME,
}


def problems(groups=("home_assistant", "edge", "cloudflare_tunnel"), **changes):
    host = DescribedHost("ha", groups, {**GOOD, **changes})
    return {each["variable"]: each["problem"] for each in cloudflare_tunnel.check(DescribedHome("home", [host]))}


def test_a_good_description_is_taken():
    assert problems() == {} == problems(cloudflare_tunnel_token="", cloudflare_tunnel_credentials=HELD)
    assert problems(("home_assistant", "cloudflare_tunnel"), cloudflare_tunnel_hostname="other.example.org") == {}


@pytest.mark.parametrize(
    ("changes", "where", "words"),
    [
        ({"cloudflare_tunnel_token": ""}, "cloudflare_tunnel_token", "nothing to run"),
        ({"cloudflare_tunnel_credentials": HELD}, "cloudflare_tunnel_token", "not clear"),
        ({"cloudflare_tunnel_token": "eyJh"}, "cloudflare_tunnel_token", "no token of a tunnel"),
        ({"cloudflare_tunnel_hostname": "https://ha.example.org"}, "cloudflare_tunnel_hostname", "is a URL"),
        ({"cloudflare_tunnel_hostname": "nas.example.org"}, "cloudflare_tunnel_hostname", "not known to the proxy"),
        (
            {"cloudflare_tunnel_origin": {"noTLSVerify": True}},
            "cloudflare_tunnel_origin.noTLSVerify",
            "pass for the proxy",
        ),
        ({"cloudflare_tunnel_access_bypass": ["/"]}, "cloudflare_tunnel_access_bypass[0]", "whole site"),
    ],
)
def test_a_bad_one_is_told(changes, where, words):
    assert words in problems(**changes)[where]


def test_a_proxy_has_to_be_there():
    told = problems(("home_assistant", "cloudflare_tunnel"), cloudflare_tunnel_target="proxy")
    assert "this host has none" in told["cloudflare_tunnel_target"]
