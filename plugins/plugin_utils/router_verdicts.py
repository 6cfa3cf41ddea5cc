# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the controls of segmentation say of a router that Ansible cannot run modules on: the same words and proof."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ansible.errors import AnsibleActionFail
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict, worst
from ansible_collections.hearthwall.home.plugins.module_utils.policy.matrix import matrix
from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import Meaning
from ansible_collections.hearthwall.home.plugins.module_utils.segmentation import judge, place

STATUS = {"enforced": "pass", "not enforced": "fail", "unknown": "unknown"}


@dataclass(frozen=True)
class Found:
    """What is true of a router: its verdicts, and who reaches whom, for the report."""

    verdicts: list
    network: dict


def found(policy, switch, proof, blind, lasting, radios=None):
    """Return a Found. ``proof`` None: the rules could not be read; ``lasting``: they are there after a start."""
    separation = switch.separation(policy, radios)
    spoken = [each for each in judge.judge(policy, proof, blind, None) if each["id"] != judge.ISOLATION]
    network = {
        "matrix": matrix(policy),
        "proof": proof.as_dict() if proof else {"result": "unknown", "reason": blind},
        "isolation": {name: {"state": state, "why": why} for name, (state, why) in separation.items()},
    }
    return Found([*spoken, _isolation(separation), _loaded(lasting)], network)


def _loaded(lasting):
    expected = "the rules are there after every start"
    if lasting:
        return verdict(judge.LOADED, "pass", expected, "they are part of the router's configuration")
    return verdict(judge.LOADED, "fail", expected, "the configuration is not as the policy wants it")


def _isolation(separation):
    if not separation:
        return verdict(judge.ISOLATION, "not_applicable", "", "no zone on this router's ports is to be isolated")
    status = worst([STATUS[state] for state, _why in separation.values()])
    told = "; ".join(f"{name}: {state}, {why}" for name, (state, why) in separation.items())
    return verdict(judge.ISOLATION, status, f"isolated: {', '.join(separation)}", told)


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
