# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists every way into Home Assistant from what the run has seen, and has a host outside try them."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import census
from ansible_collections.hearthwall.home.plugins.plugin_utils.exposure.census import Gatherer
from ansible_collections.hearthwall.home.plugins.plugin_utils.exposure.home import Home
from ansible_collections.hearthwall.home.plugins.plugin_utils.exposure.options import COMMON, ROUTER
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

AUDIT = {
    "vantage": {"type": "str"},
    "public_addresses": {"type": "list", "elements": "str", "default": []},
    "probe_ports": {"type": "list", "elements": "int", "default": []},
    "probe_seconds": {"type": "int", "default": 30},
    "agents": {"type": "list", "elements": "str", "default": []},
}
OPTIONS = {**COMMON, **ROUTER, **AUDIT}


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(OPTIONS)
        gatherer = Gatherer(Home(task_vars, options), task_vars, options["agents"])
        found = gatherer.census()
        outside = self._tried(gatherer, options, task_vars) if options["vantage"] else None
        spoken = [census.every_way(found, outside), census.from_outside(found, outside)]
        return self.answer(task_vars, spoken, declared=found.declared, undeclared=found.undeclared)

    def _tried(self, gatherer, options, task_vars):
        """Have the vantage, to which this task is delegated, knock on the home's public addresses."""
        vantage = options["vantage"]
        addresses, blind = gatherer.targets(options["public_addresses"])
        if not addresses:
            return census.Tried(vantage, blind=blind)
        asked = {
            "addresses": addresses,
            "ports": gatherer.ports(options["probe_ports"]),
            "seconds": options["probe_seconds"],
        }
        facts = dict(self._facts)
        try:
            found = self.visit("outside_probe", asked, task_vars)["found"]
        except (AnsibleConnectionFailure, AnsibleActionFail) as error:
            return census.Tried(vantage, blind=[*blind, f"{vantage} could not try: {str(error).rstrip('.')}"])
        finally:
            # Which Python the vantage has says nothing about this host's.
            self._facts = facts
        declared, others = gatherer.expected(addresses)
        result = census.tried(vantage, found, declared, others, gatherer.inside())
        result.blind += blind
        return result
