# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the running rules of a router against the home's policy, and loads Hearthwall's own anew where they deviate."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import mended
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.nftables import TABLE
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.matrix import matrix
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.prove import EQUAL, prove
from ansible_collections.hearthwall.home.plugins.module_utils.segmentation import judge, place
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.firewall import own
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.plan import legible
from ansible_collections.hearthwall.home.plugins.plugin_utils.bundle.confirm import Confirmation, ConfirmError
from ansible_collections.hearthwall.home.plugins.plugin_utils.snapshot_fact import stands
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

OPTIONS = {
    "policy": {"type": "dict"},
    "file": {"type": "path", "default": "/etc/hearthwall/firewall.d/policy.nft"},
    "look_again": {"type": "bool", "default": False},
    "confirm_within": {"type": "int", "default": 60},
}
LOOKS = ("firewall", "switch")


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(OPTIONS)
        snapshot = self.snapshot(task_vars)
        if not options["policy"]:
            return self.answer(task_vars, judge.undeclared(), snapshot=snapshot)
        policy = place.with_interfaces(load(options["policy"]))
        before = found = _Found(policy, snapshot)
        if options["look_again"] or any(look not in snapshot for look in LOOKS):
            snapshot = self.looked_again(snapshot, LOOKS, task_vars)
            found = _Found(policy, snapshot)
        stale = stands(snapshot, options["file"]) and _deviates(policy, snapshot, found)
        if not stale or self._task.check_mode:
            return self._told(found, before, snapshot, task_vars, changed=stale)
        try:
            done = self.visit("ways_in", {"task": "reload", "confirm_within": options["confirm_within"]}, task_vars)
            Confirmation(self, task_vars).confirm(done["guard"])
        except (AnsibleActionFail, ConfirmError) as error:
            return self.not_kept(task_vars, found.verdicts, "loading", error, "segmentation")
        snapshot = self.looked_again(snapshot, LOOKS, task_vars)
        return self._told(_Found(policy, snapshot), found, snapshot, task_vars, changed=True)

    def _told(self, found, before, snapshot, task_vars, changed):
        verdicts = mended(before.verdicts, found.verdicts)
        return self.answer(task_vars, verdicts, snapshot=snapshot, changed=changed, hearthwall_network=found.network)


class _Found:
    """What the running rules of a snapshot mean beside the policy."""

    def __init__(self, policy, snapshot):
        firewall, links = snapshot.get("firewall") or {}, snapshot.get("switch")
        document = legible(snapshot)
        self.proof = prove(policy, document, beside_others=True) if document is not None else None
        blind = firewall.get("error") or "the running rules were not looked at"
        self.verdicts = judge.judge(policy, self.proof, blind, links)
        self.network = {
            "matrix": matrix(policy),
            "proof": self.proof.as_dict() if self.proof else {"result": "unknown", "reason": blind},
            "isolation": {
                each.zone: {"state": each.state, "why": each.why} for each in judge.isolations(policy, links)
            },
        }


def _deviates(policy, snapshot, found):
    """Return whether Hearthwall's own table, by itself, no longer means what the policy says."""
    if found.proof is None or found.proof.result == EQUAL:
        return False
    mine = own(legible(snapshot), ("inet", TABLE))
    return mine is None or prove(policy, mine).result != EQUAL
