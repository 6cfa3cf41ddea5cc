# SPDX-License-Identifier: GPL-3.0-or-later
"""A hand that changes the home past Hearthwall, and what check and apply have to make of it."""

from __future__ import annotations

import json

import pyotp
from lab import CONFIG, NAME, ROOT, WAN, difference

# What mending may touch: Home Assistant's own storage, and what the drift itself was about.
MENDED = (f"{CONFIG}/.storage", "hearthwall/manifest.json", "/var/lib/hearthwall", "ExecMainStart", "NRestarts", "Id=")


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


def reported_and_mended(lab, drift, control, host):
    """Let a drift happen: check names its control on its host alone, apply mends it and nothing else changes."""
    good = lab.statuses()
    before = lab.states()
    drift(lab)
    assert lab.playbook("check.yml").rc in (0, 2)
    found = lab.statuses()
    assert found[control, host] == "fail"
    # The list of all ways in is kept on one host, and is about all of them.
    worse = {key for key, status in found.items() if status != good[key] and key[0] != "HW-WAY-08"}
    assert {key[1] for key in worse} == {host}, worse
    lab.playbook("site.yml").ok()
    lab.playbook("check.yml").ok()
    assert lab.statuses() == good
    left = {
        name: [line for line in lines if not any(part in line for part in MENDED)]
        for name, lines in difference(before, lab.states()).items()
    }
    assert not any(left.values()), left
