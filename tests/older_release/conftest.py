# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole home once more, with a Home Assistant from before 2026.8, whose HTTP settings live in YAML.

`make test` starts it with a fresh lab of that release; it shares the hands and eyes of tests/home.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "home"))

from lab import Lab


@pytest.fixture(scope="session")
def lab():
    return Lab()
