# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles a home's network policy for its router and proves the result. Plans on the controller, changes nothing."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible_collections.hearthwall.home.plugins.module_utils.host.place import fingerprint
from ansible_collections.hearthwall.home.plugins.module_utils.policy import model
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.nftables import compiled
from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import Meaning
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.prove import EQUAL
from ansible_collections.hearthwall.home.plugins.module_utils.segmentation import names, networkd, place
from ansible_collections.hearthwall.home.plugins.plugin_utils.connection import cuttable
from ansible_collections.hearthwall.home.plugins.plugin_utils.policy_action import loaded
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

OPTIONS = {
    "policy": {"type": "dict"},
    "trunks": {"type": "list", "elements": "str", "default": []},
    "ports": {"type": "dict", "default": {}},
    "file": {"type": "path", "default": "/etc/hearthwall/firewall.d/policy.nft"},
}
MEND = "Mend hearthwall_policy; nothing was changed."


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(OPTIONS)
        snapshot = self.snapshot(task_vars)
        if not options["policy"]:
            return self.answer(task_vars, snapshot=snapshot, segmentation={"declared": False, "switch": []})
        switch = bool(options["trunks"] or options["ports"])
        policy = _policy(options["policy"], switch)
        self._fits(policy, snapshot, switch, task_vars)
        rules = compiled(policy)
        if not _stands(snapshot, options["file"], rules):
            self._prove(options["policy"], policy, rules, task_vars)
        meaning = {
            "declared": True,
            "rules": rules,
            "switch": _switch(policy, options) if switch else [],
            "bridge": networkd.BRIDGE,
            "names": names.served(policy),
            "reflect": sorted({each for zone in _reflected(policy) for each in zone.interfaces}),
        }
        return self.answer(task_vars, snapshot=snapshot, segmentation=meaning)

    def _fits(self, policy, snapshot, switch, task_vars):
        """Refuse a policy that is for another router, or that would lock the controller out."""
        wrong = [] if switch else place.missing_interfaces(policy, snapshot.get("switch"))
        if wrong:
            self.refuse("; ".join(wrong) + ".", MEND)
        seen = snapshot.get("ways_in") or {}
        if not cuttable(task_vars):
            return
        denied = place.locked_out(policy, Meaning(policy), seen.get("controller"), seen.get("addresses") or [])
        if denied:
            self.refuse(
                f"This policy would lock the controller out: {denied}.",
                "Let its zone in with hearthwall_policy.router.manage, or run Ansible from a zone that is let in.",
            )

    def _prove(self, described, policy, rules, task_vars):
        """Have the router's own nft read the rules, and refuse them unless they mean what the policy says."""
        named = {name: list(zone.interfaces) for name, zone in policy.zones.items()}
        proof = self.visit("policy_proof", {"policy": described, "interfaces": named, "rules": rules}, task_vars)
        if proof["result"] != EQUAL:
            self.refuse(
                f"The compiled rules are not proved to mean what the policy says ({proof['result']}: "
                f"{proof['counterexample'] or proof['reason']}).",
                "Nothing was changed. This is a mistake of Hearthwall's: please report it with the policy.",
            )


def _policy(described, switch):
    """Return the policy; on a bridge of ours a zone's interface bears its name unless it has one."""
    policy = loaded(described)
    nameless = policy.without_interface()
    if nameless and not switch:
        raise AnsibleActionFail(
            f"The router's interface to {', '.join(nameless)} is not known. Name it in hearthwall_policy.zones, or "
            "declare the router's ports in segmentation_ports and segmentation_trunks."
        )
    return place.with_interfaces(policy)


def _stands(snapshot, path, text):
    return ((snapshot.get("paths") or {}).get(path) or {}).get("sha256") == fingerprint(text.encode())


def _switch(policy, options):
    segments = [
        networkd.Segment(
            zone.name,
            zone.interfaces[0],
            zone.vlan,
            tuple(
                f"{address}/{network.prefixlen}"
                for address, network in ((zone.address4, zone.cidr4), (zone.address6, zone.cidr6))
                if address and network
            ),
            zone.intra == model.ISOLATE,
        )
        for zone in policy.inside
        if zone.kind == model.LAN and zone.vlan
    ]
    files = networkd.files(segments, options["trunks"], options["ports"])
    return [
        {"path": path, "content": text, "mode": "0644", "owner": "root", "group": "root"}
        for path, text in files.items()
    ]


def _reflected(policy):
    wanted = {name for each in policy.reflect if each.service == "mdns" for name in each.zones}
    return [policy.zones[name] for name in sorted(wanted)]
