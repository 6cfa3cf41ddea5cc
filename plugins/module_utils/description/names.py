# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finds variables that look like a role's and are none: a misspelt one would silently change nothing."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import did_you_mean, problem

# What Hearthwall itself leaves behind: facts of a run, and the variables of the files that it keeps for the home.
OWN = (
    "hearthwall_snapshot",
    "hearthwall_verdicts",
    "hearthwall_run",
    "accounts_totp",
    "backup_keys",
    "wireguard_keys",
    "wireguard_register",
)


def check_names(given, known, prefixes):
    """Return a problem for each given name that has one of the prefixes and is not known."""
    return [
        problem(name, f"there is no such variable.{did_you_mean(name, known)}", "Correct the name, or remove it.")
        for name in sorted(given)
        if name.startswith(tuple(prefixes)) and name not in known and name not in OWN
    ]
