# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift by hand: the check names it, the apply mends it, and nothing else changes.

The drift of Home Assistant's own settings is in test_7_lasting.py, once they have lasted.
"""

from __future__ import annotations

import json

import pytest
from drift import reported_and_mended, say

NGINX = "/etc/nginx/hearthwall/tls.conf"


def edit_nginx(lab):
    lab.on("ha", "sed", "-i", "s/TLSv1.2/TLSv1.1 TLSv1.2/", NGINX).ok()
    lab.on("ha", "systemctl", "reload", "nginx").ok()


def open_host_firewall(lab):
    lab.on("ha", "nft", "insert", "rule", "inet", "hearthwall", "declared", "accept").ok()


def forward_a_port(lab):
    rule = "iifname != lo fib daddr type local tcp dport 9999 dnat ip to 10.0.40.10:8123"
    chains = lab.on("router", "nft", "-j", "list", "chains").ok().out
    chain = next(
        item["chain"]
        for item in json.loads(chains)["nftables"]
        if item.get("chain", {}).get("hook") == "prerouting" and item["chain"].get("type") == "nat"
    )
    lab.on("router", "nft", "add", "rule", chain["family"], chain["table"], chain["name"], *rule.split()).ok()


def remove_second_factor(lab):
    answer = say(lab, lab.people()["family"], {"type": "auth/depose_mfa", "mfa_module_id": "totp"})
    assert answer[0]["success"], answer


def stop_renewal(lab):
    lab.on("ha", "systemctl", "disable", "--now", "certbot.timer").ok()


DRIFTS = [
    (edit_nginx, "HW-TLS-01", "ha"),
    (open_host_firewall, "HW-WAY-05", "ha"),
    (forward_a_port, "HW-WAY-01", "gateway"),
    (remove_second_factor, "HW-MFA-01", "ha"),
    (stop_renewal, "HW-TLS-04", "ha"),
]


@pytest.fixture(scope="module", autouse=True)
def compliant(lab):
    """Drift is told from a report of the whole home; other tests leave reports of single roles."""
    lab.playbook("check.yml").ok()


@pytest.mark.parametrize(("drift", "control", "host"), DRIFTS, ids=[drift.__name__ for drift, _c, _h in DRIFTS])
def test_drift_is_reported_and_mended(lab, drift, control, host):
    reported_and_mended(lab, drift, control, host)
