# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Telling Home Assistant how to back itself up, over its own API, and having an archive made now."""

from __future__ import annotations

import contextlib
import time

from ansible_collections.hearthwall.home.plugins.module_utils.backup import settings
from ansible_collections.hearthwall.home.plugins.module_utils.ha import administrator
from ansible_collections.hearthwall.home.plugins.module_utils.ha.client import Client
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.ha.websocket import WebSocket

PATIENCE = 1800  # seconds that one archive may take


class Declaration:
    """One session with Home Assistant's backup manager. Use as a context manager."""

    def __init__(self, base_url, config_dir, credentials):
        self._client = Client(base_url)
        self._login = administrator.log_in_as_administrator(self._client, config_dir, credentials)
        self._socket = None
        self.told = 0.0

    def __enter__(self):
        self._socket = WebSocket(self._client.url, self._login.access_token, self._client.timeout, self._client.ca_file)
        return self

    def __exit__(self, *_exception):
        self._socket.close()
        if self._login.refresh_token:
            with contextlib.suppress(HomeAssistantError):
                self._client.revoke(self._login.refresh_token)

    def current(self):
        """Return the settings in force, the password among them."""
        return settings.stored({"config": self._socket.call("backup/config/info")["config"]})

    def declare(self, wanted, password):
        """Bring the wanted settings about."""
        self._socket.call("backup/config/update", **settings.command(self.current(), wanted, password))
        self.told = time.time()
        left = settings.differing(self.current(), wanted)
        if left:
            raise HomeAssistantError(f"Home Assistant did not take over {', '.join(left)}")

    def generate(self):
        """Have an archive made with the settings in force, and wait until it lies there."""
        before = self._socket.call("backup/info")["last_completed_automatic_backup"]
        self._await_idle(time.monotonic() + PATIENCE)
        self._socket.call("backup/generate_with_automatic_settings")
        self._await_idle(time.monotonic() + PATIENCE)
        self.told = time.time()
        if self._socket.call("backup/info")["last_completed_automatic_backup"] == before:
            raise HomeAssistantError("Home Assistant began an archive and did not complete it: see its log")

    def _await_idle(self, deadline):
        while self._socket.call("backup/info")["state"] != "idle":
            if time.monotonic() > deadline:
                raise HomeAssistantError(f"Home Assistant's backup manager is busy for more than {PATIENCE // 60} min")
            time.sleep(0.5)
