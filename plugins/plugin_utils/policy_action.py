# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the actions that bring a network policy to a router on which Ansible's modules cannot run."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import PolicyError, load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.switch import Switch
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

UNCHANGED = "Nothing was changed."


def loaded(described):
    """Return the policy that hearthwall_policy describes; stop where it cannot be used."""
    try:
        return load(described)
    except PolicyError as error:
        raise AnsibleActionFail(f"hearthwall_policy cannot be used: {error}") from None


def options(bridge):
    """Return the options that such a router's action has, whatever else it takes."""
    return {
        "policy": {"type": "dict", "required": True},
        "bridge": {"type": "str", "default": bridge},
        "ports": {"type": "dict", "default": {}},
        "trunks": {"type": "list", "elements": "str", "default": []},
        "replaces": {"type": "list", "elements": "str", "default": []},
        "confirm_within": {"type": "int", "default": 60},
    }


class PolicyAction(VisitAction):
    """An action that compiles a policy for a router, proves it, and tells what is true of the router."""

    def _described(self, interfaces):
        """Return (policy, switch); ``interfaces(policy, switch)`` says on which interfaces the zones are."""
        policy = loaded(self._options["policy"])
        switch = Switch(self._options["bridge"], self._options["ports"], tuple(self._options["trunks"]))
        return policy.with_interfaces(interfaces(policy, switch)), switch

    def _told(self, task_vars, verdicts, found, **more):
        """Return the result with what is true of the network, for the report."""
        return self.answer(task_vars, verdicts, hearthwall_network=found.network, **more)
