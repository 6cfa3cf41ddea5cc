# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue as it stands is complete: each control says everything, and what shows it is a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.catalogue import FIELDS
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue

TESTS = Path(__file__).parents[1]
CATALOGUE = load_catalogue()


@pytest.fixture(scope="module")
def tests():
    return {name for path in TESTS.rglob("*.py") for name in re.findall(r"def (test_\w+)", path.read_text())}


@pytest.mark.parametrize("identifier", CATALOGUE)
def test_a_control_says_everything(identifier, tests):
    control = CATALOGUE[identifier]
    assert all(control[field] for field in FIELDS)
    assert all(each.startswith("https://") for each in control["references"])
    named = set(re.findall(r"\btest_\w+", control["shown_by"]))
    assert named and named <= tests, f"no such test: {sorted(named - tests) or control['shown_by']}"
