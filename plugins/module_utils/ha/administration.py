# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One login as the declared administrator with its WebSocket, and nothing left behind."""

from __future__ import annotations

import contextlib

from ansible_collections.hearthwall.home.plugins.module_utils.ha import administrator
from ansible_collections.hearthwall.home.plugins.module_utils.ha.client import Client
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.ha.websocket import WebSocket


@contextlib.contextmanager
def administration(base_url, config_dir, credentials, patience=60):
    """Yield a WebSocket that may do everything; end its session afterwards."""
    client = Client(base_url)
    login = administrator.log_in_as_administrator(client, config_dir, credentials, patience)
    try:
        with WebSocket(client.url, login.access_token, client.timeout, client.ca_file) as socket:
            yield socket
    finally:
        with contextlib.suppress(HomeAssistantError):
            login.end()
