# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what the home's declared ways in mean for one host. Plans on the controller, changes nothing."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import declared, firewall, plan
from ansible_collections.hearthwall.home.plugins.plugin_utils.connection import cuttable
from ansible_collections.hearthwall.home.plugins.plugin_utils.exposure.home import Home
from ansible_collections.hearthwall.home.plugins.plugin_utils.exposure.options import COMMON, HOST, ROUTER
from ansible_collections.hearthwall.home.plugins.plugin_utils.snapshot_fact import with_snapshot
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

OPTIONS = {**COMMON, **HOST, **ROUTER}


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(OPTIONS)
        snapshot = self.snapshot(task_vars)
        if snapshot.get("ways_in") is None:
            found = self.visit("ways_in", {"task": "see"}, task_vars)
            snapshot = dict(snapshot, ways_in=found["ways_in"], unknown={**snapshot["unknown"], **found["unknown"]})
        task_vars = with_snapshot(task_vars, snapshot)
        home = Home(task_vars, options)
        wrong = declared.refusals(options["ways_in"] or [], home.members)
        if wrong:
            self.refuse("; ".join(wrong) + ".", "Mend exposure_ways_in in the home's description.")
        meaning, groups = {}, home.members[home.host]
        if "home_assistant" in groups:
            meaning["http"] = home.http(home.host)
            meaning["verify_urls"] = home.verify_urls(home.host)
            meaning["firewall"] = self._firewall(home, options, snapshot, task_vars)
        if "router" in groups:
            meaning["router"] = plan.router_table(home.wish(), snapshot.get("ways_in") or {})
        return self.answer(task_vars, snapshot=snapshot, exposure=meaning)

    def _firewall(self, home, options, snapshot, task_vars):
        """Return what the template of the host's firewall needs; refuse one that would lock the controller out."""
        seen = snapshot.get("ways_in") or {}
        controller = seen.get("controller")
        wanted = home.services(snapshot)
        can_be_cut = cuttable(task_vars)
        if options["host_firewall"] and can_be_cut and firewall.locks_out(wanted, controller):
            self.refuse(
                f"This firewall would lock the controller out: it reaches {home.host} from {controller['address']} on "
                f"port {controller['port']}, and that is not among exposure_management "
                f"({', '.join(options['management']) or 'empty'}).",
                f"Add it, for example exposure_management: [{controller['address']}/32].",
            )
        return {
            "services": [firewall.described(service) for service in wanted],
            "containers": sorted({*firewall.BRIDGES, *home.bridges_of(home.host)}),
            "lockout": "checked" if controller or not can_be_cut else "unknown",
        }
