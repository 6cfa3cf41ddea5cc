# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole home in the lab, as one story told in order.

The files are numbered because the home has one life: soft, checked, attacked, hardened, drifted, broken, repaired.
`make test` starts it with a fresh lab; a single file can be run again on the lab as it stands.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from lab import Lab
from outside import fresh_source

# What a policy means, the tests ask the collection itself.
sys.path.insert(0, str(Path(__file__).parents[2] / ".collections"))


@pytest.fixture(scope="session")
def lab():
    return Lab()


@pytest.fixture
def source(lab):
    """Addresses on the internet side that no other test uses, so that a ban earned by one test stops no other."""
    return fresh_source(lab)
