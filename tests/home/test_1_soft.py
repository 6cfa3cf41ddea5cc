# SPDX-License-Identifier: GPL-3.0-or-later
"""The home as it is found: every attack that will be answered succeeds, or its later failure would show nothing."""

from __future__ import annotations

import json

from lab import ROOT


def test_every_attack_succeeds_on_the_soft_home(lab):
    lab.run(ROOT / ".venv/bin/python", "tests/breach/run.py", "before", seconds=300).ok()
    tally = json.loads((ROOT / "reports/lab/attacks.json").read_text(encoding="utf-8"))
    blocked = {entry["id"]: entry["before_how"] for entry in tally if entry["before"] != "succeeded"}
    assert not blocked
