# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""As whom Hearthwall logs in to Home Assistant."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import found_on, problem

NEED_LOGIN = {"accounts", "exposure"}


def check(home):
    return found_on(home.group("home_assistant"), [_host], bool(home.applying & NEED_LOGIN))


def _host(host, needed):
    admin, token = host.get("hearthwall_ha_admin"), host.get("hearthwall_ha_token")
    if needed and not admin and not token:
        yield problem(
            "hearthwall_ha_admin",
            "is missing: applying needs an administrator of Home Assistant to log in as (a dry run does not)",
            "Set hearthwall_ha_admin (username, password) or hearthwall_ha_token in the home's vault.",
        )
    if admin and token:
        yield problem(
            "hearthwall_ha_token",
            "is given beside hearthwall_ha_admin: which of the two to use is not clear",
            "Keep one of them.",
        )
    for key in ("username", "password"):
        if isinstance(admin, dict) and isinstance(admin.get(key), str) and not admin[key].strip():
            yield problem(f"hearthwall_ha_admin.{key}", "is empty", "Give it, from the vault.")
    if isinstance(token, str) and token.count(".") != 2:
        yield problem(
            "hearthwall_ha_token",
            "is no token of Home Assistant (three parts joined by '.')",
            "Make one under Profile, Security, Long-lived access tokens, and keep it in the vault.",
        )
