# SPDX-License-Identifier: GPL-3.0-or-later
"""The attacks again: what a role promises to stop is stopped, and what no role stops yet is not claimed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from lab import ROOT

sys.path.insert(0, str(Path(__file__).parents[1] / "breach"))


def test_what_is_promised_is_blocked(lab):
    from attacks import ATTACKS

    lab.run(ROOT / ".venv/bin/python", "tests/breach/run.py", "after", seconds=300).ok()
    tally = {
        entry["id"]: entry for entry in json.loads((ROOT / "reports/lab/attacks.json").read_text(encoding="utf-8"))
    }
    promised = {attack.id for attack in ATTACKS if attack.closed_by}
    assert promised
    assert {name: tally[name]["after_how"] for name in promised if tally[name]["after"] != "blocked"} == {}
