# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the oracle import the collection, and the example policies and the kernel's listing of the unit tests."""

from __future__ import annotations

import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
sys.path[:0] = [
    str(REPOSITORY / ".collections"),
    str(REPOSITORY / "tests/unit/module_utils/policy"),
    str(Path(__file__).parent),
]
