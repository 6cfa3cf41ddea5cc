# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests share: the collection, and a record of what their runs said of which control (tests/catalogue)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

sys.path.insert(0, str(HERE.parent / ".collections"))  # the collection by its real name, from a fresh clone

os.environ["ANSIBLE_CALLBACK_PLUGINS"] = str(HERE / "catalogue/recorder")
os.environ["HEARTHWALL_SEEN"] = str(HERE.parent / ".lab/seen")
