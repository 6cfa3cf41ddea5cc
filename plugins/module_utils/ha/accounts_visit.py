# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One visit to the accounts: carry out a plan through Home Assistant's own API, as the people themselves where needed.

Enrolment takes two steps, so that no secret is ever enrolled that is not already kept: ``begin`` starts the setup
flow and hands out the secret; ``finish`` completes it and proves it with a fresh login. Between the two the controller
writes the secret down. A flow that is begun and never finished changes nothing.
"""

from __future__ import annotations

import time

from ansible_collections.hearthwall.home.plugins.module_utils.ha import administrator, passwords, storage
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import (
    CommandFailed,
    HomeAssistantError,
    Unreachable,
)
from ansible_collections.hearthwall.home.plugins.module_utils.ha.people import ADMINISTRATORS, USERS
from ansible_collections.hearthwall.home.plugins.module_utils.ha.websocket import WebSocket

# Home Assistant writes its auth store one second after the last change.
SETTLE = 8


class Outcome:
    """What became of each action: done, skipped or failed, and why."""

    def __init__(self):
        self.entries = []

    def add(self, action, status, reason=""):
        kept = ("kind", "user_id", "username", "session_id", "how", "name", "why", "unlisted", "admin", "if_weak")
        entry = {key: action[key] for key in kept if key in action}
        self.entries.append({**entry, "status": status, "reason": reason})


class AccountsVisit:
    """One visit; ``open`` logs in as the administrator and ``close`` leaves nothing behind."""

    def __init__(self, client, config_dir, credentials):
        self.client = client
        self.config_dir = config_dir
        self.credentials = credentials
        self.outcome = Outcome()
        self._login = None
        self._socket = None
        self._ended = set()
        self._expected = []

    def __enter__(self):
        self._login = administrator.log_in_as_administrator(self.client, self.config_dir, self.credentials)
        if self._login.refresh_token:
            self._ended.add(self._login.refresh_token)
        try:
            self._socket = WebSocket(
                self.client.url, self._login.access_token, self.client.timeout, self.client.ca_file
            )
            self.user = self._socket.call("auth/current_user")
            if not self.user["is_admin"]:
                raise HomeAssistantError(f"{self.user['name']!r}, as whom Hearthwall logs in, is no administrator")
        except BaseException:
            self._login.end()
            raise
        return self

    def __exit__(self, *_exception):
        self._socket.close()
        self._login.end()

    # Begin: what has to be before an enrolment, and its first half.

    def begin(self, actions, budget=30):
        """Set passwords and start setup flows; return {username: {flow_id, secret, uri}}."""
        begun = {}
        doubtful = self._weak([action for action in actions if action.get("if_weak")], budget)
        for action in actions:
            if action["kind"] == "set_password" and (not action.get("if_weak") or action["username"] in doubtful):
                self._attempt(action, self._set_password)
        for action in actions:
            if action["kind"] == "enrol":
                started = self._attempt(action, self._start_flow, quiet=True)
                if started:
                    begun[action["username"]] = started
        return begun

    def _weak(self, actions, budget):
        """Return the usernames whose password the look had no time for, and that turns out to be weak."""
        hashes = storage.password_hashes(self.config_dir)
        accounts = [
            {"username": action["username"], "name": action["name"], "hash": hashes[action["username"]]}
            for action in actions
            if action["username"] in hashes
        ]
        found = passwords.audit(accounts, budget, known=self.credentials.passwords) if accounts else {}
        return {username for username, verdict in found.items() if verdict["verdict"] in ("empty", "common")}

    def _attempt(self, action, carry_out, quiet=False):
        try:
            result = carry_out(action)
        except Unreachable:
            raise
        except HomeAssistantError as error:
            self.outcome.add(action, "failed", str(error))
            return None
        if not quiet:
            self.outcome.add(action, "done")
        return result

    def _set_password(self, action):
        if not self.user["is_owner"]:
            raise HomeAssistantError("only the owner may set a password: name the owner in hearthwall_ha_admin")
        password = self.credentials.passwords[action["username"]]
        self._socket.call(
            "config/auth_provider/homeassistant/admin_change_password", user_id=action["user_id"], password=password
        )

    def _as_person(self, username, held=()):
        login = administrator.log_in(self.client, self.config_dir, username, self.credentials.passwords[username], held)
        self._ended.add(login.refresh_token)
        return login

    def _start_flow(self, action):
        login = self._as_person(action["username"])
        try:
            with WebSocket(self.client.url, login.access_token, self.client.timeout, self.client.ca_file) as socket:
                form = socket.call("auth/setup_mfa", mfa_module_id="totp")
        finally:
            login.end()
        given = form["description_placeholders"]
        return {"flow_id": form["flow_id"], "secret": given["code"], "uri": given["url"]}

    # Finish: the second half, and everything that needs no secret.

    def finish(self, actions, begun):
        """Complete the flows, then contain, rank and revoke."""
        for action in actions:
            if action["kind"] == "enrol":
                self._enrol(action, begun.get(action["username"]))
        steps = {
            "contain": self._contain,
            "set_admin": self._set_admin,
            "end_session": self._revoke,
            "revoke_token": self._revoke,
            "confirm_enrolment": self._confirm,
        }
        for action in actions:
            if action["kind"] in steps:
                self._attempt(action, steps[action["kind"]])

    def _enrol(self, action, flow):
        if flow is not None:
            try:
                self._finish_flow(action["username"], flow)
                self.outcome.add(action, "done")
                return
            except Unreachable:
                raise
            except HomeAssistantError as error:
                reason = str(error)
            self.outcome.add(action, "failed", reason)
        if action["otherwise"] != "report":
            self._attempt({**action, "kind": "contain", "how": action["otherwise"]}, self._contain)

    def _finish_flow(self, username, flow):
        login = self._as_person(username)
        try:
            with WebSocket(self.client.url, login.access_token, 10, self.client.ca_file) as socket:
                code = self.client.current_code(flow["secret"])
                try:
                    answer = socket.call("auth/setup_mfa", flow_id=flow["flow_id"], user_input={"code": code})
                except (Unreachable, CommandFailed) as error:
                    raise HomeAssistantError(
                        "the setup flow is gone (Home Assistant restarted?): apply again"
                    ) from error
                if answer.get("type") != "create_entry":
                    raise HomeAssistantError("Home Assistant refuses the code: its clock and this one differ")
                try:
                    self._prove(username, flow["secret"])
                except HomeAssistantError:
                    # Better without a second factor, and said so, than locked out.
                    socket.call("auth/depose_mfa", mfa_module_id="totp")
                    raise
        finally:
            login.end()

    def _prove(self, username, secret):
        proof = self._as_person(username, [secret])
        proof.end()

    def _confirm(self, action):
        held = self.credentials.secrets.get(action["username"], [])
        asked, secret = administrator.enrolled_secret(self.config_dir, action["username"], held)
        if not asked or secret is None:
            raise HomeAssistantError("the secret in the vault is not the one that is enrolled")
        self._prove(action["username"], secret)

    def _contain(self, action):
        if action["user_id"] == self.user["id"]:
            raise HomeAssistantError("this is the account that Hearthwall uses: it is not contained")
        change = {"local_only": True} if action["how"] == "local_only" else {"is_active": False}
        self._update(action["user_id"], change)
        if action["how"] == "deactivate":
            # Older releases leave the sessions of a deactivated account alive.
            for token in storage.auth(self.config_dir)["refresh_tokens"]:
                if token["user_id"] == action["user_id"] and token.get("token_type") != "system":
                    self._end_token(token["token"])

    def _set_admin(self, action):
        self._update(action["user_id"], {"group_ids": [ADMINISTRATORS if action["admin"] else USERS]})

    def _update(self, user_id, change):
        self._socket.call("config/auth/update", user_id=user_id, **change)
        self._expected.append((user_id, change))

    def _revoke(self, action):
        tokens = {token["id"]: token for token in storage.auth(self.config_dir)["refresh_tokens"]}
        token = tokens.get(action["session_id"])
        if token is None:
            return
        if token.get("token_type") == "system":
            raise HomeAssistantError("a system token is not revoked")
        self._end_token(token["token"])

    def _end_token(self, token):
        self.client.revoke(token)
        self._ended.add(token)

    # Afterwards.

    def settled(self):
        """Return whether the storage shows what this visit did."""
        auth = storage.auth(self.config_dir)
        if any(token["token"] in self._ended for token in auth["refresh_tokens"]):
            return False
        users = {user["id"]: user for user in auth["users"]}
        return all(
            user_id in users and all(users[user_id].get(key) == value for key, value in change.items())
            for user_id, change in self._expected
        )

    def wait_until_settled(self, seconds=SETTLE):
        """Wait until Home Assistant has written its store, so that the next look agrees with it."""
        # A session that lived for less than the delay never reached the file: one full delay passes first.
        deadline = time.monotonic() + seconds
        time.sleep(1.3)
        while time.monotonic() < deadline:
            if self.settled():
                return True
            time.sleep(0.2)
        return False
