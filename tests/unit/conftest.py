# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the unit tests import the collection by its real name, and what its roles install, from a fresh clone."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / ".collections"))
sys.path.insert(0, str(ROOT / "roles/monitoring/files"))
