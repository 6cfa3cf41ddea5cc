# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The score: which share of what matters was seen to be in order, as a whole number from 0 to 100.

Every finding weighs by its severity (WEIGHTS); the score is the weight of the passes over the weight of everything
that was to be judged. What could not be determined was to be judged, so ``unknown`` lowers it like a failure.
``waived`` and ``not_applicable`` are not judged and leave both sides. It is rounded down, so that 100 means that
nothing at all is open; where nothing was judged it is 0, because nothing was seen to be in order.
"""

from __future__ import annotations

WEIGHTS = {"critical": 10, "high": 5, "medium": 2, "low": 1}
JUDGED = ("pass", "fail", "error", "unknown", "waiver_expired")


def score(controls):
    """Return the score of some report entries (anything with ``severity`` and ``status``)."""
    total = passed = 0
    for each in controls:
        if each["status"] in JUDGED:
            weight = WEIGHTS.get(each["severity"], WEIGHTS["critical"])
            total += weight
            passed += weight if each["status"] == "pass" else 0
    return 100 * passed // total if total else 0
