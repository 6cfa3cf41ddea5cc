# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The time that the slow looks of one snapshot may take together."""

from __future__ import annotations

import time


class Budget:
    """Seconds that run out."""

    def __init__(self, seconds):
        self._until = time.monotonic() + seconds

    def remaining(self):
        """Return the seconds that are left, never less than none."""
        return max(0.0, self._until - time.monotonic())
