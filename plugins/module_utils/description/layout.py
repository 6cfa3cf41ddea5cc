# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The home itself: its name, its group, and that there is a Home Assistant in it."""

from __future__ import annotations

import re

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import problem

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")


def check(home):
    hosts = sorted(home.hosts)
    found = []
    if not NAME.match(home.name):
        found += [
            problem(
                "hearthwall_home",
                f"{home.name!r} cannot name a home: it is also the name of a directory and of a group",
                "Use letters, digits and '_', beginning with a letter.",
                host,
            )
            for host in hosts
        ]
    elif not home.has_group:
        found += [
            problem(
                "hearthwall_home",
                f"the inventory has no group {home.name!r}",
                f"Make a group {home.name} with home_assistant, router and edge below it, or correct the name.",
                host,
            )
            for host in hosts
        ]
    if not home.group("home_assistant"):
        found.append(
            problem(
                "hearthwall_home",
                f"no host of the home {home.name!r} is in the group home_assistant",
                "Put the host that runs Home Assistant into the group home_assistant.",
                hosts[0] if hosts else None,
            )
        )
    return found
