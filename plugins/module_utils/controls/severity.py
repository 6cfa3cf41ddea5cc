# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How bad it is when a control is not met, and which findings a threshold lets through."""

from __future__ import annotations

SEVERITIES = ("critical", "high", "medium", "low")


def reaches(severity, threshold):
    """Say whether a severity is at or above the threshold; one that is not known counts as the worst."""
    if severity not in SEVERITIES:
        return True
    return SEVERITIES.index(severity) <= SEVERITIES.index(threshold)
