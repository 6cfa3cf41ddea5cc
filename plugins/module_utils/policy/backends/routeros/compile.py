# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A policy as RouterOS' menus: every entry Hearthwall writes, each marked by its comment or name."""

from __future__ import annotations

import re

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros import firewall, menus, network

# An interface's name, a list's name: what RouterOS takes unquoted everywhere.
PLAIN = re.compile(r"^[a-zA-Z0-9_.-]{1,60}$")


class CompileError(ValueError):
    """What RouterOS would not take, or take for something else."""

    def __init__(self, problems):
        self.problems = problems
        super().__init__("; ".join(problems))


def interfaces(policy, switch):
    """Return {zone: [interface]} of the zones on the bridge."""
    return {zone.name: [network.interface(zone)] for zone in switch.bridged(policy)}


def compiled(policy, switch, loopback=None):
    """Return the entries for a policy; raise CompileError with everything that is wrong."""
    problems = switch.problems(policy)
    problems += [
        f"the interface of {name} is not known: give the zone one, or a VLAN" for name in policy.without_interface()
    ]
    names = [switch.bridge, *switch.ports, *switch.trunks, *policy.zones]
    names += [interface for zone in policy.zones.values() for interface in zone.interfaces]
    problems += [f"{name!r} is no name that RouterOS takes" for name in dict.fromkeys(names) if not PLAIN.match(name)]
    if problems:
        raise CompileError(problems)
    entries = [*network.entries(policy, switch), *firewall.entries(policy, loopback)]
    seen = {}
    for entry in entries:
        place = (entry.menu.path, entry.options.get("chain"), entry.key)
        if seen.setdefault(place, entry) is not entry:
            problems.append(f"{entry.menu.path} has two entries {entry.key}")
    for entry in entries:
        long = entry.options.get("comment", "")
        if any(not letter.isprintable() for letter in long):
            problems.append(f"{entry.menu.path} {entry.key}: a comment has to be printable")
    if problems:
        raise CompileError(problems)
    return entries


def text(entries):
    """Return the entries as commands to read, menu by menu."""
    lines = []
    for menu in menus.MENUS:
        found = [entry for entry in entries if entry.menu == menu]
        if found:
            lines.append(menu.path.replace("/", " ").strip())
            lines += [
                "  " + " ".join(f"{option}={_word(value)}" for option, value in each.options.items()) for each in found
            ]
    return "\n".join(lines) + "\n"


def _word(value):
    return value if PLAIN.match(value) else '"' + value.replace('"', "'") + '"'
