# SPDX-License-Identifier: GPL-3.0-or-later
"""The home as it is found: every attack that will be answered succeeds, or its later failure would show nothing."""

from __future__ import annotations

import json

from lab import ROOT
from probing import Probe, carry_out


def test_every_attack_succeeds_on_the_soft_home(lab):
    lab.run(ROOT / ".venv/bin/python", "tests/breach/run.py", "before", seconds=300).ok()
    tally = json.loads((ROOT / "reports/lab/attacks.json").read_text(encoding="utf-8"))
    blocked = {entry["id"]: entry["before_how"] for entry in tally if entry["before"] != "succeeded"}
    assert not blocked


def test_a_light_bulb_reaches_every_network(lab):
    places = {
        "laptop": ("10.0.10.10", "2001:db8:10::10", 22),
        "router": ("10.0.20.1", "2001:db8:20::1", 80),
        "guest": ("10.0.30.11", "2001:db8:30::11", 80),
        "attacker": ("198.51.100.66", "2001:db8:100::66", 80),
    }
    probes = [
        Probe("bulb", host, address, "tcp", port)
        for host, (*addresses, port) in places.items()
        for address in addresses
    ]
    outcomes = carry_out(lab, probes)
    assert {probe: outcome for probe, outcome in outcomes.items() if outcome.at != {probe.to}} == {}
