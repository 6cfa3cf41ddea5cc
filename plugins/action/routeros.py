# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings a home's network policy to a RouterOS router by its API: compiled, planned, proved, applied in safe mode."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import broken_off, mended
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros import menus, translate
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros.compile import (
    CompileError,
    compiled,
    interfaces,
)
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros.plan import (
    PlanError,
    plan,
    rounds,
)
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.prove import EQUAL, prove
from ansible_collections.hearthwall.home.plugins.module_utils.policy.switch import Switch
from ansible_collections.hearthwall.home.plugins.plugin_utils.policy_action import UNCHANGED, PolicyAction, options
from ansible_collections.hearthwall.home.plugins.plugin_utils.router_verdicts import found, refuse_lock_out
from ansible_collections.hearthwall.home.plugins.plugin_utils.routeros.api import ApiError, Connection
from ansible_collections.hearthwall.home.plugins.plugin_utils.routeros.apply import Applier, ApplyError
from ansible_collections.hearthwall.home.plugins.plugin_utils.routeros.forecast import forecast

OPTIONS = {
    **options("bridge"),
    "host": {"type": "str", "required": True},
    "username": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "port": {"type": "int"},
    "tls": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "validate_certs": {"type": "bool", "default": True},
}
LOGIN = ("host", "username", "password", "port", "tls", "ca_path", "validate_certs")


class ActionModule(PolicyAction):
    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, self._options = self.validate_argument_spec(OPTIONS)
        self._policy, self._switch = self._described(interfaces)
        state, controller = self._look()
        refuse_lock_out(self._policy, controller)
        wanted, actions = self._change(state)
        before = self._found(state, not actions)
        told = [str(action) for action in actions]
        result = {"changed": bool(actions), "changes": told, "diff": [{"prepared": "\n".join([*told, ""])}]}
        if actions:
            self._prove(actions, state)
        if not actions or self._task.check_mode:
            return self._told(task_vars, before.verdicts, before, **result)
        applier = Applier(self._connect, self._doubt, self._options["confirm_within"])
        try:
            done = applier.apply(wanted, self._options["replaces"])
        except (ApplyError, ApiError, PlanError) as error:
            broken = broken_off(before.verdicts, "applying", error)
            return self._told(task_vars, broken, before, failed=True, msg=str(error))
        after = self._found(done.state, True)
        verdicts = mended(before.verdicts, after.verdicts)
        return self._told(task_vars, verdicts, after, rounds=done.rounds, **result)

    def _connect(self):
        return Connection(**{name: self._options[name] for name in LOGIN})

    def _look(self):
        try:
            connection = self._connect()
            try:
                return connection.state(), connection.controller
            finally:
                connection.close()
        except ApiError as error:
            raise AnsibleActionFail(f"The router could not be looked at: {error}. {UNCHANGED}") from error

    def _change(self, state):
        loopback = next((each["name"] for each in state["/interface"] if each.get("type") == "loopback"), None)
        try:
            wanted = compiled(self._policy, self._switch, loopback)
            actions = plan(wanted, state, self._options["replaces"])
            rounds(actions)
        except (CompileError, PlanError) as error:
            raise AnsibleActionFail(f"{error}. {UNCHANGED}") from None
        return wanted, actions

    def _prove(self, actions, state):
        """Refuse a plan unless what the router would have after it is the policy."""
        said = self._doubt(forecast(state, actions))
        if said:
            self.refuse(f"What would run is not the policy: {said}.", f"Rules of others may be in the way. {UNCHANGED}")

    def _doubt(self, state):
        proof = prove(self._policy, translate.document(state))
        return "" if proof.result == EQUAL else str(proof.counterexample or proof.unknown[0])

    def _found(self, state, lasting):
        bridge = next((each for each in state[menus.BRIDGE.path] if each.get("name") == self._switch.bridge), {})
        switch = self._switch if bridge else Switch(self._switch.bridge)
        return found(self._policy, switch, prove(self._policy, translate.document(state)), "", lasting)
