# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What outlives a restart of the watcher: one JSON file, whole at every moment."""

from __future__ import annotations

import json
import os


def load(path):
    """Return what is remembered; nothing where that cannot be read."""
    try:
        with open(path, encoding="utf-8") as stream:
            known = json.load(stream)
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def save(path, known):
    """Put the file in place in one step."""
    passing = f"{path}.new"
    with open(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(known, stream)
    os.replace(passing, path)
