# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a front door does to verdicts: each finding on its own, from a door that has none."""

from __future__ import annotations

import copy
from datetime import datetime, timezone

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.tls.judge import CONTROLS, judge

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
URL = "https://acme.example/dir"
HEADERS = {
    "strict-transport-security": ["max-age=63072000"],
    "x-content-type-options": ["nosniff"],
    "referrer-policy": ["no-referrer"],
    "content-security-policy": ["frame-ancestors 'self'"],
}
DOOR = {
    "asked": {},
    "problem": None,
    "protocol": "TLSv1.3",
    "certificate": {
        "issuer": "CN=Authority",
        "names": ["ha.example.org"],
        "not_before": "2026-11-01T00:00:00Z",
        "not_after": "2027-01-30T00:00:00Z",
        "self_signed": False,
    },
    "serves_held": True,
    "status": 400,
    "headers": HEADERS,
    "strangers": {"None": None, "stranger.invalid": None},
    "excluded": [],
    "plain": {
        "known": {"status": 301, "location": "https://ha.example.org/x", "problem": None},
        "stranger": {"status": None, "location": None, "problem": None},
    },
    "lineage": {"directory_url": URL, "served": True},
    "renewal": {"result": "success", "status": "0"},
    "keys": {"/tls/key.pem": {"mode": "0600", "owner": "root"}, "/tls": {"mode": "0700", "owner": "root"}},
}
DECLARED = {
    "names": ["ha.example.org"],
    "http_port": 80,
    "profile": "intermediate",
    "source": "acme",
    "directory_url": URL,
    "min_days": 10,
    "hsts_max_age": 63072000,
    "client_certificates": "required",
    "addresses": False,
}


def statuses(door=None, declared=None, unknown=None):
    found = judge(door or DOOR, unknown or {}, {**DECLARED, **(declared or {})}, NOW)
    return {verdict["id"]: verdict["status"] for verdict in found}


def changed(**parts):
    door = copy.deepcopy(DOOR)
    for part, value in parts.items():
        if isinstance(value, dict) and isinstance(door[part], dict):
            door[part].update(value)
        else:
            door[part] = value
    return door


def test_a_good_door_passes_all():
    found = statuses()
    assert found.pop("HW-PROXY-07") == "not_applicable"
    assert set(found.values()) == {"pass"} and set(found) == set(CONTROLS) - {"HW-PROXY-07"}


@pytest.mark.parametrize(
    ("control", "parts"),
    [
        ("HW-PROXY-01", {"serves_held": False}),
        ("HW-PROXY-01", {"status": 502}),
        ("HW-PROXY-01", {"status": None}),
        ("HW-PROXY-02", {"strangers": {"None": "CN=ha.example.org"}}),
        ("HW-PROXY-02", {"plain": {"stranger": {"status": 200, "location": None, "problem": None}}}),
        ("HW-PROXY-05", {"headers": {"x-content-type-options": []}}),
        ("HW-PROXY-05", {"headers": {"x-content-type-options": ["nosniff", "nosniff"]}}),
        ("HW-PROXY-05", {"headers": {"content-security-policy": ["default-src *"]}}),
        ("HW-PROXY-06", {"status": 200}),
        ("HW-PROXY-09", {"plain": {"known": {"status": 200, "location": None, "problem": None}}}),
        ("HW-PROXY-09", {"plain": {"known": {"status": 301, "location": "http://ha.example.org/", "problem": None}}}),
        ("HW-TLS-01", {"excluded": ["TLSv1.1 with AES128-SHA"]}),
        ("HW-TLS-02", {"certificate": {"self_signed": True}}),
        ("HW-TLS-02", {"certificate": {"names": ["other.example.org"]}}),
        ("HW-TLS-02", {"certificate": {"not_after": "2026-11-30T00:00:00Z"}}),
        ("HW-TLS-02", {"certificate": {"not_after": "2026-11-22T00:00:00Z"}}),
        ("HW-TLS-02", {"certificate": {"not_before": "2026-12-01T00:00:00Z"}}),
        ("HW-TLS-02", {"lineage": {"directory_url": "https://staging.example/dir"}}),
        ("HW-TLS-02", {"lineage": {"directory_url": None}}),
        ("HW-TLS-02", {"lineage": {"served": False}}),
        ("HW-TLS-03", {"keys": {"/tls/key.pem": {"mode": "0640", "owner": "root"}}}),
        ("HW-TLS-03", {"keys": {"/tls/key.pem": {"mode": "0600", "owner": "pi"}}}),
        ("HW-TLS-03", {"keys": {"/tls": {"mode": "0775", "owner": "root"}}}),
        ("HW-TLS-03", {"keys": {"/tls/key.pem": None}}),
        ("HW-TLS-04", {"renewal": {"result": "exit-code"}}),
        ("HW-TLS-04", {"renewal": None}),
        ("HW-TLS-04", {"lineage": {"served": False}}),
        ("HW-TLS-05", {"headers": {"strict-transport-security": ["max-age=60"]}}),
        ("HW-TLS-05", {"headers": {"strict-transport-security": []}}),
    ],
)
def test_each_finding_fails_its_control(control, parts):
    assert statuses(changed(**parts))[control] == "fail"


def test_what_was_not_seen_does_not_pass():
    found = statuses(changed(problem="nothing answers", strangers=None, excluded=None, plain=None, certificate=None))
    assert found["HW-PROXY-01"] == found["HW-TLS-02"] == "fail"
    for control in ("HW-PROXY-02", "HW-PROXY-05", "HW-PROXY-06", "HW-PROXY-09", "HW-TLS-01", "HW-TLS-05"):
        assert found[control] == "unknown"
    assert statuses(unknown={"excluded.TLS 1.0 or 1.1": "cannot offer it"})["HW-TLS-01"] == "unknown"
    assert statuses(changed(certificate=None), unknown={"certificate": "cut off"})["HW-TLS-02"] == "unknown"


def test_what_is_not_declared_does_not_apply():
    found = statuses(
        declared={"client_certificates": "none", "http_port": 0, "source": "provided", "directory_url": ""}
    )
    assert found["HW-PROXY-06"] == found["HW-PROXY-09"] == found["HW-TLS-04"] == "not_applicable"
    assert "HW-PROXY-07" not in statuses(declared={"addresses": True}), "only its file can tell"


def test_a_wildcard_covers_one_label():
    wide = changed(certificate={"names": ["*.example.org"]})
    assert statuses(wide)["HW-TLS-02"] == "pass"
    assert statuses(wide, {"names": ["a.b.example.org"]})["HW-TLS-02"] == "fail"
