# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from playing import Workshop


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path)
