# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A policy as UCI: every section Hearthwall writes on an OpenWrt router, each with the reason for it."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import firewall, network
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import sections as known


class CompileError(ValueError):
    """What fw4 or netifd would leave out, or take for something else."""

    def __init__(self, problems):
        self.problems = problems
        super().__init__("; ".join(problems))


def compiled(policy, switch, state=None):
    """Return the sections for a policy; raise CompileError with everything that would not do what it says.

    ``state``: what `uci export` says now, so that the sections of which there can be only one are found.
    """
    state = state or {}
    missing = policy.without_interface()
    if missing:
        raise CompileError([f"the interface of {name} is not known: give the zone one, or a VLAN" for name in missing])
    wanted = [
        *network.sections(policy, switch, _bridge_section(state, switch.bridge)),
        *firewall.sections(policy),
        *network.dhcp(policy, switch),
    ]
    places = [section.place for section in wanted]
    twice = sorted({place for place in places if places.count(place) > 1})
    problems = [*switch.problems(policy), *known.problems(wanted)]
    problems += [f"{place}: two names of the policy become this one section; rename one" for place in twice]
    if problems:
        raise CompileError(problems)
    return wanted


def _bridge_section(state, bridge):
    """Return the name of the section that makes the bridge already, if it is there."""
    for section in state.values():
        if (section.config, section.type) == ("network", "device") and section.options.get("name") == bridge:
            return section.name
    return None
