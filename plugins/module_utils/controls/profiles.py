# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Profiles: how much of the catalogue a home answers for, and how strictly. Each holds all of those before it.

A control is in `essential` where it is critical or high and in `standard` otherwise, unless its catalogue entry names
another profile. Thresholds that a profile sets are defaults of the roles' own variables, and stand there.
"""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.severity import reaches

# {profile: the least severity that fails a run}; the order is from the least to the most that is asked.
FAIL_ON = {"essential": "high", "standard": "high", "fortress": "low"}
PROFILES = tuple(FAIL_ON)
DEFAULT = "standard"


def profile_of(severity):
    """Return the least profile that a control belongs to when its catalogue entry names none."""
    return "essential" if reaches(severity, "high") else "standard"


def split(catalogue, profile):
    """Return (the controls of a profile, those that it leaves out), each by id."""
    most = PROFILES.index(profile)
    inside = {name: each for name, each in catalogue.items() if PROFILES.index(each["profile"]) <= most}
    return inside, {name: each for name, each in catalogue.items() if name not in inside}
