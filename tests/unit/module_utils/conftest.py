# SPDX-License-Identifier: GPL-3.0-or-later
"""Rulesets as real kernels listed them: `nft -j list ruleset` of nftables 1.1.3."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def listed():
    def read(name):
        return json.loads((Path(__file__).parent / "nftables/rulesets" / f"{name}.json").read_text(encoding="utf-8"))

    return read
