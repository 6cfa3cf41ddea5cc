# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift by hand: the check names it, the apply mends it, and nothing else changes."""

from __future__ import annotations

import json

import pyotp
import pytest
from lab import CONFIG, NAME, ROOT, WAN, difference

NGINX = "/etc/nginx/hearthwall/tls.conf"


def say(lab, person, *commands):
    """Let one of the people say WebSocket commands, as the web page would."""
    order = {
        "url": f"https://{NAME}",
        "address": WAN,
        "username": person["username"],
        "password": person["password"],
        "code": pyotp.TOTP(lab.totp_secret(person["username"])).now(),
        "commands": commands,
    }
    run = lab.in_network_of("phone", ROOT / ".venv/bin/python", "tests/home/speak.py", json.dumps(order))
    answers = json.loads(run.ok().out.splitlines()[-1])
    assert answers[0]["type"] == "auth_ok", answers
    return answers[1:]


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


def reset_threshold(lab):
    owner = lab.people()["owner"]
    stored = say(lab, owner, {"type": "http/config"})[0]["result"]["stable"]
    config = {key: value for key, value in stored.items() if key not in ("created_at", "error", "error_message")}
    config["login_attempts_threshold"] = -1
    started = lab.home_assistant_started()
    answer = say(lab, owner, {"type": "http/config/configure", "config": config})
    assert answer[0]["success"], answer
    lab.wait_for_home_assistant(after=started)
    answer = say(lab, owner, {"type": "http/config/promote"})
    assert answer[0]["success"], answer


def stop_renewal(lab):
    lab.on("ha", "systemctl", "disable", "--now", "certbot.timer").ok()


DRIFTS = [
    # First, so that the six minutes of test_7_lasting.py have begun when it comes to its turn.
    (reset_threshold, "HW-HTTP-01", "ha"),
    (edit_nginx, "HW-TLS-01", "ha"),
    (open_host_firewall, "HW-WAY-05", "ha"),
    (forward_a_port, "HW-WAY-01", "gateway"),
    (remove_second_factor, "HW-MFA-01", "ha"),
    (stop_renewal, "HW-TLS-04", "ha"),
]
# What mending may touch: Home Assistant's own storage, and what the drift itself was about.
MENDED = (f"{CONFIG}/.storage", "hearthwall/manifest.json", "/var/lib/hearthwall", "ExecMainStart", "NRestarts", "Id=")


@pytest.mark.parametrize(("drift", "control", "host"), DRIFTS, ids=[drift.__name__ for drift, _c, _h in DRIFTS])
def test_drift_is_reported_and_mended(lab, drift, control, host):
    good = lab.statuses()
    before = lab.states()
    drift(lab)
    assert lab.playbook("check.yml").rc in (0, 2)
    found = lab.statuses()
    assert found[control, host] == "fail"
    worse = {key for key, status in found.items() if status != good[key]}
    assert {key[1] for key in worse} == {host}, worse
    lab.playbook("site.yml").ok()
    lab.playbook("check.yml").ok()
    assert lab.statuses() == good
    left = {
        name: [line for line in lines if not any(part in line for part in MENDED)]
        for name, lines in difference(before, lab.states()).items()
    }
    assert not any(left.values()), left
