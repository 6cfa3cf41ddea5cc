# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Home Assistant's WebSocket API, over the library websocket-client (Debian: python3-websocket)."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.parse

from ansible_collections.hearthwall.home.plugins.module_utils.ha.client import TIMEOUT, tls_context
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import (
    Banned,
    CommandFailed,
    HomeAssistantError,
    NotAllowed,
    Unreachable,
)

try:
    import websocket
except ImportError:
    websocket = None

MISSING = (
    "the Python library websocket-client is not installed on this host: install the package python3-websocket (the role"
    " accounts does that)"
)


class WebSocket:
    """One authenticated connection. Use as a context manager."""

    def __init__(self, url, access_token, timeout=TIMEOUT, ca_file=None):
        if websocket is None:
            raise HomeAssistantError(MISSING)
        parts = urllib.parse.urlsplit(url)
        address = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/api/websocket"
        options = {"timeout": timeout, "http_no_proxy": [parts.hostname]}
        if parts.scheme == "https":
            options["sslopt"] = {"context": tls_context(parts.hostname, ca_file)}
        try:
            self._connection = websocket.create_connection(address, **options)
        except websocket.WebSocketBadStatusException as error:
            if error.status_code == 403:
                raise Banned(f"{url} refuses this address (403): it is banned in ip_bans.yaml") from error
            raise Unreachable(f"{url} refuses a WebSocket ({error.status_code})") from error
        except (OSError, websocket.WebSocketException) as error:
            raise Unreachable(f"{url} does not open a WebSocket: {error}") from error
        self._last = 0
        self.version = None
        try:
            self._authenticate(access_token)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        """Close the connection; a peer that is gone already is no error."""
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._connection.close(timeout=1)

    @contextlib.contextmanager
    def patient(self, seconds):
        """Wait longer, or less long, for what is called meanwhile."""
        usual = self._connection.gettimeout()
        self._connection.settimeout(seconds)
        try:
            yield
        finally:
            self._connection.settimeout(usual)

    def _receive(self):
        try:
            return json.loads(self._connection.recv())
        except (OSError, ValueError, websocket.WebSocketException) as error:
            raise Unreachable(f"Home Assistant closed the WebSocket or fell silent: {error}") from error

    def wait_closed(self, seconds):
        """Wait until Home Assistant closes the connection, as it does when it stops; return whether it did."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if not self._connection.recv():
                    return True
            except websocket.WebSocketTimeoutException:
                continue
            except (OSError, websocket.WebSocketException):
                return True
        return False

    def _send(self, message):
        try:
            self._connection.send(json.dumps(message))
        except (OSError, websocket.WebSocketException) as error:
            raise Unreachable(f"Home Assistant closed the WebSocket: {error}") from error

    def _authenticate(self, access_token):
        hello = self._receive()
        self.version = hello.get("ha_version")
        self._send({"type": "auth", "access_token": access_token})
        answer = self._receive()
        if answer.get("type") != "auth_ok":
            raise NotAllowed(f"Home Assistant refuses the token: {answer.get('message', 'no reason given')}")

    def call(self, command, **arguments):
        """Send one command and return its result."""
        self._last += 1
        self._send({"id": self._last, "type": command, **arguments})
        while True:
            message = self._receive()
            if message.get("id") != self._last or message.get("type") != "result":
                continue
            if message.get("success"):
                return message.get("result")
            error = message.get("error") or {}
            if error.get("code") == "unauthorized":
                raise NotAllowed(
                    f"{command}: this account is not allowed to (an administrator, or the owner, is needed)"
                )
            raise CommandFailed(command, error.get("code"), error.get("message"))
