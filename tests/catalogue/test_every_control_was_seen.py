# SPDX-License-Identifier: GPL-3.0-or-later
"""Each control of the catalogue passed in one state of the lab and failed in another, by what real runs said.

The last of `make test`: it reads what the runs of the other tests left behind (recorder/seen.py). A verdict that a
unit test builds does not count here.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue


@pytest.fixture(scope="module")
def seen():
    """Return {(control, status): the tests that saw it}."""
    found = defaultdict(set)
    for path in Path(os.environ["HEARTHWALL_SEEN"]).glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            found[entry["control"], entry["status"]].add(entry["test"])
    assert found, "no run of Ansible has written anything down: run the other tests first (make test)"
    return found


@pytest.mark.parametrize("status", ["pass", "fail"])
@pytest.mark.parametrize("control", load_catalogue())
def test_a_control_passes_in_one_state_and_fails_in_another(seen, control, status):
    others = sorted(each for (identifier, each) in seen if identifier == control)
    assert seen.get((control, status)), f"no run of the tests saw {control} {status}; seen: {others or 'nothing'}"
