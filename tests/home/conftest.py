# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole home in the lab, as one story told in order.

The files are numbered because the home has one life: soft, checked, attacked, hardened, drifted, broken, repaired.
`make test` starts it with a fresh lab; a single file can be run again on the lab as it stands.
"""

from __future__ import annotations

import os

import pytest
from lab import Lab


@pytest.fixture(scope="session")
def lab():
    if os.geteuid() != 0:
        pytest.exit("The lab needs root (containers with networks of their own).", returncode=1)
    return Lab()
