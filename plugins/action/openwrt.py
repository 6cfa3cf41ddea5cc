# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings a home's network policy to an OpenWrt router: compiled, tried, proved, applied under a guard of its own."""

from __future__ import annotations

import secrets
import time

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import broken_off, mended
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import fw4, includes
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.compile import (
    CompileError,
    compiled,
)
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.network import logical
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.plan import plan
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.prove import EQUAL, prove
from ansible_collections.hearthwall.home.plugins.plugin_utils.bundle.confirm import keep_alive, reset
from ansible_collections.hearthwall.home.plugins.plugin_utils.openwrt.router import Router, RouterError
from ansible_collections.hearthwall.home.plugins.plugin_utils.policy_action import UNCHANGED, PolicyAction, options
from ansible_collections.hearthwall.home.plugins.plugin_utils.router_verdicts import found, refuse_lock_out

OPTIONS = options("br-lan")
PAUSE = 1
# After the router put the old state back, how long its network may take to come up again.
GRACE = 30
STANDARD_INCLUDE = "/etc/nftables.d/*.nft"
BLIND = "nft -j list ruleset could not be read"


class ActionModule(PolicyAction):
    _requires_connection = True
    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, self._options = self.validate_argument_spec(OPTIONS)
        self._policy, self._switch = self._described(_interfaces)
        self._router = Router(self._shell)
        try:
            state = self._router.look()
        except RouterError as error:
            raise AnsibleActionFail(f"The router could not be looked at: {error}") from error
        refuse_lock_out(self._policy, state.controller)
        change = self._change(state)
        files = includes.files(self._policy)
        before = self._found(state)
        differs = change.changed or state.files != files
        result = {
            "changed": differs,
            "changes": [*change.changes, *_files_told(state.files, files)],
            "foreign": change.foreign,
            "diff": [{"prepared": "\n".join([*change.changes, *_files_told(state.files, files), ""])}],
        }
        if differs:
            self._prove(change, files, state)
        if not differs or self._task.check_mode:
            return self._told(task_vars, before.verdicts, before, **result)
        try:
            state = self._apply(change, files, state)
        except RouterError as error:
            broken = broken_off(before.verdicts, "applying", error)
            return self._told(task_vars, broken, before, failed=True, msg=str(error))
        after = self._found(state)
        return self._told(task_vars, mended(before.verdicts, after.verdicts), after, **result)

    def _change(self, state):
        if state.pending:
            self.refuse(
                f"The router has changes that nobody has committed: {state.pending.splitlines()[0]}.", UNCHANGED
            )
        try:
            wanted = compiled(self._policy, self._switch, state.sections)
        except CompileError as error:
            raise AnsibleActionFail(f"The policy cannot be compiled for OpenWrt: {error}. {UNCHANGED}") from None
        change = plan(wanted, state.sections, self._options["replaces"])
        if change.conflicts:
            told = "; ".join(f"{place}: {why}" for place, why in change.conflicts)
            places = ", ".join(place for place, _why in change.conflicts)
            self.refuse(
                f"Sections of others are in the way: {told}. {UNCHANGED}",
                f"Remove them, or let Hearthwall replace them: segmentation_replaces: [{places}].",
            )
        return change

    def _prove(self, change, files, state):
        """Refuse a change unless what fw4 makes of it is the policy, all of it."""
        try:
            text, said, others = self._router.attempt(change.batch, files, state.digest)
            wrong = fw4.complaints(said)
            document, left = fw4.document(text, {**files, STANDARD_INCLUDE: others})
        except (RouterError, fw4.Fw4Error) as error:
            raise AnsibleActionFail(f"The change could not be tried on the router: {error}. {UNCHANGED}") from error
        if wrong:
            self.refuse(f"fw4 would leave something out: {'; '.join(wrong)}.", f"Mend or replace that. {UNCHANGED}")
        if left:
            self.refuse(f"fw4 would include files that were not read: {', '.join(left)}.", UNCHANGED)
        proof = prove(self._policy, document)
        if proof.result != EQUAL:
            told = proof.counterexample or (proof.unknown[0] if proof.unknown else proof.result)
            self.refuse(
                f"What fw4 would load is not the policy: {told}.",
                f"Rules of others that open it can be named in segmentation_replaces. {UNCHANGED}",
            )

    def _apply(self, change, files, state):
        """Apply, look at it over a new connection, confirm; return the new state."""
        identity, seconds = secrets.token_hex(4), self._options["confirm_within"]
        keep_alive(self)
        self._router.apply(identity, seconds, state.digest, change.batch, files)
        until = time.monotonic() + seconds
        reason = "no new connection could be made"
        while time.monotonic() < until:
            time.sleep(PAUSE)
            try:
                reset(self)
                fresh = self._router.look()
            except (RouterError, AnsibleError) as error:
                reason = str(error)
                continue
            if not fresh.guard.startswith("armed"):
                raise RouterError(f"The router has put the old state back: {fresh.guard}. The cause before: {reason}.")
            reason = self._doubt(fresh)
            if not reason:
                self._router.confirm(identity)
                return fresh
        return self._put_back(identity, reason)

    def _doubt(self, state):
        """Say what of the running rules is not the policy (yet), or nothing."""
        wrong = fw4.complaints(state.complaints)
        if wrong:
            return f"fw4 leaves something out: {wrong[0]}"
        if state.ruleset is None:
            return "the running rules could not be read: nft -j list ruleset"
        proof = prove(self._policy, state.ruleset)
        return (
            "" if proof.result == EQUAL else f"what runs is not the policy: {proof.counterexample or proof.unknown[0]}"
        )

    def _put_back(self, identity, reason):
        until = time.monotonic() + GRACE
        while time.monotonic() < until:
            try:
                reset(self)
                said = self._router.restore("it was not confirmed")
                raise RouterError(f"The change was not confirmed: {reason}. The router has its old state: {said}.")
            except AnsibleError:
                time.sleep(PAUSE)
        raise RouterError(
            f"The change was not confirmed: {reason}. The router puts the old state back by itself, but that could not "
            "be seen: look at /etc/hearthwall/outcome at its console."
        )

    def _found(self, state):
        """Return what is true of a state."""
        proof = prove(self._policy, state.ruleset) if state.ruleset is not None else None
        lasting = state.files == includes.files(self._policy)
        return found(self._policy, self._switch, proof, BLIND, lasting, self._radios(state))

    def _radios(self, state):
        zones = {logical(zone): zone.name for zone in self._switch.bridged(self._policy)}
        found = {}
        for networks, separates in state.wireless:
            for name in networks:
                if name in zones:
                    found.setdefault(zones[name], []).append(separates)
        return found

    def _shell(self, text):
        result = self._low_level_execute_command("sh -s", in_data=text.encode(), sudoable=True)
        return result["rc"], result["stdout"], result["stderr"]


def _interfaces(policy, switch):
    return {zone.name: [switch.interface(zone)] for zone in switch.bridged(policy)}


def _files_told(before, after):
    return [
        f"~ {path}: other rules" if path in before else f"+ {path}" for path in after if before.get(path) != after[path]
    ]
