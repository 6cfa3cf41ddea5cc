# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "stand_ins"))
sys.path.insert(0, str(Path(__file__).parents[2] / "haos"))

from device import Device


@pytest.fixture
def device():
    made = Device()
    yield made
    made.close()
