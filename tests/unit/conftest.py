# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the unit tests import the collection from a fresh clone, by its real name."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / ".collections"))
