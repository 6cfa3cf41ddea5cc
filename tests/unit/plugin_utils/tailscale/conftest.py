# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "stand_ins"))

from tailscale_api import TailscaleApi


@pytest.fixture
def server():
    made = TailscaleApi()
    yield made
    made.close()
