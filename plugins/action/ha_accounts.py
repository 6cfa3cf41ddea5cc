# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plan the accounts on the controller; visit only where something differs; keep every new secret before it counts."""

from __future__ import annotations

import datetime
import io

from ansible_collections.hearthwall.home.plugins.module_utils.ha import accounts_plan, sealed
from ansible_collections.hearthwall.home.plugins.module_utils.ha.accounts_verdicts import verdicts
from ansible_collections.hearthwall.home.plugins.module_utils.ha.lockout import refusals
from ansible_collections.hearthwall.home.plugins.module_utils.ha.people import Wanted, describe
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import HomeAssistantAction, plain
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_vault import ENROLLED, PENDING

# Seconds for the offline test of the passwords that nobody here knows, once the visit is made anyway.
BUDGET_VISIT = 30


class ActionModule(HomeAssistantAction):
    """The action hearthwall.home.ha_accounts."""

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        args = self._task.args
        declared = plain(args.get("people") or {})
        passwords = {
            username.strip().casefold(): person["password"]
            for username, person in declared.items()
            if person and person.get("password") is not None
        }
        wanted = self._wanted(args, declared, passwords)
        snapshot = self.snapshot(task_vars)
        ha = snapshot.get("home_assistant")
        unknown = snapshot.get("unknown", {})
        now = datetime.datetime.now(datetime.timezone.utc)
        if ha is None or ha.get("people") is None or ha.get("sessions") is None:
            return self.answer(task_vars, verdicts(wanted, ha, unknown, now), actions=[])
        ours, our_session = self.ours(ha, task_vars)
        vault = self.home_vault(task_vars)
        checking = self._task.check_mode
        kept = self._kept(vault, checking, task_vars)
        pending = {username for username, entry in kept.items() if entry.get("state") == PENDING}
        actions = accounts_plan.plan(wanted, ha, now, set(passwords), ours, our_session, pending)
        for problem, fix in refusals(wanted, ha, actions, ours):
            self.refuse(problem, fix)
        changes = accounts_plan.changes(actions)
        after = accounts_plan.simulate(ha, actions)
        diff = {"before": describe(ha), "after": describe(after), "before_header": "accounts"}
        diff["after_header"] = "accounts"
        if checking or not actions:
            found = verdicts(wanted, ha, unknown, now, our_session)
            return self.answer(task_vars, found, actions=actions, changed=bool(changes), diff=diff)
        return self._apply(task_vars, wanted, snapshot, actions, passwords, vault, now, our_session, diff)

    def _wanted(self, args, declared, passwords):
        password = plain(args.get("password") or {})
        wanted = Wanted(
            {
                username: {key: value for key, value in (person or {}).items() if key != "password"}
                for username, person in declared.items()
            },
            args.get("unlisted") or "report",
            plain(args.get("sessions") or {}),
            plain(args.get("tokens") or {}),
            plain(args.get("admins") or {}),
            password,
        )
        for username, secret in passwords.items():
            if len(secret) < wanted.password["min_length"]:
                wanted.people[username]["too_short"] = True
        return wanted

    @staticmethod
    def _kept(vault, checking, task_vars):
        """Return what the vault file holds for this host; in a dry run without vault password, nothing."""
        if vault is None or (checking and not vault.can_write()):
            return {}
        host = task_vars["inventory_hostname"]
        return {name: entry for name, entry in vault.read().items() if entry.get("host", host) == host}

    def _apply(self, task_vars, wanted, snapshot, actions, passwords, vault, now, our_session, diff):
        ha = snapshot["home_assistant"]
        self.require_login(task_vars)
        kinds = {action["kind"] for action in actions}
        if "enrol" in kinds:
            self._require_vault(vault, task_vars, actions)
        base_url = self.base_url(ha, task_vars)
        held = self.credentials(task_vars, vault, passwords)
        look = self.look_parameters(
            ha,
            password_minimum=wanted.password["min_length"],
            password_depth=wanted.password.get("depth"),
            password_budget=BUDGET_VISIT,
        )
        common = {"base_url": base_url, "look": look}
        outcome, begun = [], {}
        if kinds & {"set_password", "enrol"}:
            first = [action for action in actions if action["kind"] in ("set_password", "enrol")]
            key = sealed.new_key()
            result = self.visit(
                "ha_accounts_visit",
                {**common, "step": "begin", "actions": first, "credentials": self.as_text({**held, "key": key})},
                task_vars,
            )
            outcome += result["outcome"]
            begun = sealed.unseal(key, result["begun"])
            replaced = {entry["user_id"] for entry in outcome if entry.get("if_weak") and entry["status"] == "done"}
            actions = [*actions, *accounts_plan.sessions_of(ha, replaced, our_session)]
            for entry in outcome:
                entry.pop("if_weak", None)
        if begun:
            vault.update(self._entries(task_vars, begun, PENDING, now))
        result = self.visit(
            "ha_accounts_visit",
            {
                **common,
                "step": "finish",
                "actions": [action for action in actions if action["kind"] != "set_password"],
                "credentials": self.as_text({**held, "begun": begun}),
            },
            task_vars,
        )
        outcome += result["outcome"]
        proven = {entry["username"] for entry in outcome if entry["kind"] == "enrol" and entry["status"] == "done"}
        if proven:
            vault.update(self._entries(task_vars, {name: begun[name] for name in proven}, ENROLLED, now))
            self._show(begun, proven)
        confirmed = {e["username"] for e in outcome if e["kind"] == "confirm_enrolment" and e["status"] == "done"}
        if confirmed:
            entries = vault.read()
            vault.update({name: {**entries[name], "state": ENROLLED} for name in confirmed})
        return self._conclude(task_vars, wanted, snapshot, actions, outcome, result, now, our_session, diff)

    def _conclude(self, task_vars, wanted, snapshot, actions, outcome, result, now, our_session, diff):
        fresh = self.with_look(snapshot, result)
        done = [entry for entry in outcome if entry["status"] == "done"]
        failed = [entry for entry in outcome if entry["status"] == "failed"]
        notes = {
            entry["username"]: entry["reason"] for entry in failed if entry["kind"] in ("enrol", "confirm_enrolment")
        }
        changed = accounts_plan.mended(done)
        spoken = verdicts(wanted, fresh["home_assistant"], fresh["unknown"], now, our_session, changed, notes)
        diff["after"] = describe(fresh["home_assistant"])
        answer = self.answer(
            task_vars,
            spoken,
            snapshot=fresh,
            changed=bool(accounts_plan.changes(done)),
            diff=diff,
            actions=actions,
            outcome=outcome,
        )
        for entry in failed:
            # What is left open is in the verdicts, which decide the exit status; the rest of the home goes on.
            self._display.warning(f"{entry['kind']} of {entry.get('username')}: {entry['reason']}")
        return answer

    def _require_vault(self, vault, task_vars, actions):
        names = ", ".join(action["username"] for action in actions if action["kind"] == "enrol")
        if vault is None:
            self.refuse(
                f"There is no place to keep the TOTP secrets of {names}.", "Set hearthwall_home or accounts_vault_file."
            )
        if not vault.can_write():
            self.refuse(
                f"Enrolling {names} makes secrets, and this run has no vault password to keep them with.",
                "Give --vault-password-file or --ask-vault-pass.",
            )
        vault.check_place()
        host = task_vars["inventory_hostname"]
        for username, entry in vault.read().items():
            if username in names.split(", ") and entry.get("host", host) != host:
                self.refuse(
                    f"{vault.path} keeps the secret of {username} on {entry['host']} already.",
                    "Set accounts_vault_file to a file of its own for each Home Assistant of the home.",
                )

    @staticmethod
    def _entries(task_vars, begun, state, now):
        return {
            username: {
                "host": str(task_vars["inventory_hostname"]),
                "state": state,
                "secret": flow["secret"],
                "uri": flow["uri"],
                "since": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
            for username, flow in begun.items()
        }

    def _show(self, begun, proven):
        """Print the QR codes to hand over, on the screen alone: not in the log, not in the result."""
        if not self._task.args.get("show_qr"):
            return
        try:
            import segno
        except ImportError:
            self._display.warning(
                "accounts_show_qr needs the Python package segno on the controller: pip install segno"
            )
            return
        for username in sorted(proven):
            text = io.StringIO()
            segno.make(begun[username]["uri"]).terminal(text, compact=True)
            self._display.display(f"Second factor of {username}:\n{text.getvalue()}", screen_only=True)
