# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Descriptions of accounts that would lock people out."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.ha import accounts_plan
from ansible_collections.hearthwall.home.plugins.module_utils.ha.people import humans


def refusals(wanted, ha, actions, ours=None):
    """Return [(what is wrong, what to do)] of a description that would lock people out; empty if it would not."""
    found = []
    by_username = {person["username"]: person for person in humans(ha) if person["username"]}
    for username, declared in wanted.people.items():
        person = by_username.get(username)
        if person is None:
            continue
        if person["is_owner"] and declared["contain"] == "deactivate":
            found.append(
                (
                    f"accounts_people.{username}.contain is deactivate, but {username} is the owner, whom Home"
                    " Assistant does not deactivate.",
                    "Use local_only or report.",
                )
            )
        if person["is_owner"] and declared.get("admin") is False:
            found.append(
                (
                    f"accounts_people.{username}.admin is false, but {username} is the owner.",
                    "Leave it out, or set true.",
                )
            )
        if person["id"] == ours and declared.get("admin") is False:
            found.append(
                (
                    f"accounts_people.{username}.admin is false, but Hearthwall logs in as {username}.",
                    "Name another administrator in hearthwall_ha_admin.",
                )
            )
    if ours is not None and not any(person["id"] == ours and person["is_admin"] for person in humans(ha)):
        found.append(
            ("The account in hearthwall_ha_admin is no administrator.", "Name the owner or an administrator there.")
        )
    after = accounts_plan.simulate(ha, actions)
    if humans(ha) and not any(person["is_active"] and person["is_admin"] for person in humans(after)):
        found.append(
            ("After this no active administrator would be left.", "Give one person admin: true, or contain fewer.")
        )
    return found
