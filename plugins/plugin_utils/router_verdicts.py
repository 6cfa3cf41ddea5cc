# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the controls of segmentation say of a router that Ansible cannot run modules on: the same words and proof."""

from __future__ import annotations

import ipaddress

from ansible.errors import AnsibleActionFail
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict, worst
from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import Meaning
from ansible_collections.hearthwall.home.plugins.module_utils.segmentation import judge, place

STATUS = {"enforced": "pass", "not enforced": "fail", "unknown": "unknown"}


def verdicts(policy, switch, proof, blind, lasting, radios=None):
    """Return the verdicts. ``proof`` None: the rules could not be read; ``lasting``: they are there after a start."""
    spoken = [each for each in judge.judge(policy, proof, blind, None) if each["id"] != judge.ISOLATION]
    expected = "the rules are there after every start"
    actual = (
        "they are part of the router's configuration" if lasting else "the configuration is not as the policy wants it"
    )
    return [
        *spoken,
        _separation(policy, switch, radios),
        verdict(judge.LOADED, "pass" if lasting else "fail", expected, actual),
    ]


def _separation(policy, switch, radios):
    found = switch.separation(policy, radios)
    if not found:
        return verdict(judge.ISOLATION, "not_applicable", "", "no zone on this router's ports is to be isolated")
    status = worst([STATUS[state] for state, _why in found.values()])
    told = "; ".join(f"{name}: {state}, {why}" for name, (state, why) in found.items())
    return verdict(judge.ISOLATION, status, f"isolated: {', '.join(found)}", told)


def refuse_lock_out(policy, controller):
    """Stop before anything is done where the controller could not come back under this policy."""
    if controller and ipaddress.ip_address(controller["address"]).is_loopback:
        return  # a tunnel: the router sees another address
    denied = place.locked_out(policy, Meaning(policy), controller, [])
    if denied:
        raise AnsibleActionFail(
            f"This policy would lock the controller out: {denied}. Nothing was changed. Let its zone in with "
            "hearthwall_policy.router.manage, or run Ansible from a zone that is let in."
        )
