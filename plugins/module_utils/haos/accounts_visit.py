# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A visit to the accounts where no storage can be read: everything as the administrator, or as the person."""

from __future__ import annotations

import contextlib

from ansible_collections.hearthwall.home.plugins.module_utils.ha.accounts_visit import AccountsVisit
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.ha.websocket import WebSocket


class AccountsVisitByApi(AccountsVisit):
    """One visit. Others' sessions are ended as those others, whose passwords the vault holds."""

    def _weak(self, actions, budget):
        # A password that is held was judged in the look, whole; nobody else's can be.
        return set()

    def _contain(self, action):
        if action["user_id"] == self.user["id"]:
            raise HomeAssistantError("this is the account that Hearthwall uses: it is not contained")
        change = {"local_only": True} if action["how"] == "local_only" else {"is_active": False}
        self._update(action["user_id"], change)

    def _finish_flow(self, username, flow):
        super()._finish_flow(username, flow)
        # From here on whoever logs in as this person, to end their stale sessions, is asked for a code.
        self.credentials.secrets[username] = [flow["secret"]]

    def _confirm(self, action):
        held = self.credentials.secrets.get(action["username"], [])
        if not held:
            raise HomeAssistantError("the vault holds no secret to try")
        self._prove(action["username"], held[0])

    def _revoke(self, action):
        with self._socket_of(action) as socket:
            listed = {token["id"]: token for token in socket.call("auth/refresh_tokens")}
            token = listed.get(action["session_id"])
            if token is None:
                return
            if token.get("is_current"):
                raise HomeAssistantError("this is the session that Hearthwall uses: it is not ended")
            socket.call("auth/delete_refresh_token", refresh_token_id=token["id"])

    @contextlib.contextmanager
    def _socket_of(self, action):
        """Yield a WebSocket as the person whose session it is."""
        if action["user_id"] == self.user["id"]:
            yield self._socket
            return
        username = action["username"]
        if username not in self.credentials.passwords:
            raise HomeAssistantError(f"only {username} can end this session through the API, and no password is held")
        login = self._as_person(username, self.credentials.secrets.get(username, ()))
        try:
            with WebSocket(self.client.url, login.access_token, self.client.timeout, self.client.ca_file) as socket:
                yield socket
        finally:
            with contextlib.suppress(HomeAssistantError):
                login.end()

    def wait_until_settled(self, seconds=0):
        """What the API answers is the state itself."""
        return True
