# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Supervisor of Home Assistant OS, reached through Home Assistant's own WebSocket command ``supervisor/api``.

Home Assistant passes no HTTP status on, only the Supervisor's words, and none at all for a time-out. Each failure is
told here with what stands behind it and with the next command.
"""

from __future__ import annotations

import re

from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import (
    CommandFailed,
    HomeAssistantError,
    NotAllowed,
)

READ, WRITE = 20, 60  # seconds
LOGS = "see Settings > System > Logs > Supervisor, or `ha supervisor logs` on the device"
AGAIN = "then run again"


class SupervisorError(HomeAssistantError):
    """The Supervisor could not be asked, or refused; ``kind`` is what it amounts to."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class NoSupervisor(SupervisorError):
    """There is no Supervisor behind this Home Assistant."""

    def __init__(self):
        super().__init__(
            "absent",
            "this Home Assistant has no Supervisor (supervisor/api is unknown to it): it is no Home Assistant OS."
            " Take the host out of the group haos and put it into home_assistant",
        )


# What the Supervisor's words amount to, the first that fits.
_KINDS = (
    ("unauthorized", re.compile(r"\b401\b|unauthorized", re.IGNORECASE)),
    ("forbidden", re.compile(r"\b403\b|forbidden", re.IGNORECASE)),
    ("missing", re.compile(r"\b404\b|not found|does not exist|not installed", re.IGNORECASE)),
    ("broken", re.compile(r"\b50\d\b|internal server error|got itself in trouble|bad gateway", re.IGNORECASE)),
)
_ADVICE = {
    "unauthorized": f"the Supervisor does not know Home Assistant's own token: `ha host reboot`, {AGAIN}",
    "forbidden": f"the Supervisor forbids it to Home Assistant: {LOGS}",
    "missing": "there is no such thing on this device, or its Supervisor is too old: `ha supervisor update`, " + AGAIN,
    "broken": f"the Supervisor failed: {LOGS}; `ha supervisor repair` or `ha supervisor restart`, {AGAIN}",
    "silent": f"the Supervisor gave no answer in time: {LOGS}; `ha supervisor restart`, {AGAIN}",
    "refused": f"the Supervisor refuses it: {LOGS}",
}


def classified(endpoint, message):
    """Return the error that the Supervisor's words about an endpoint amount to."""
    text = " ".join(str(message or "").split())
    kind = next((name for name, pattern in _KINDS if pattern.search(text)), "refused" if text else "silent")
    said = f" ({text[:200]})" if text else ""
    return SupervisorError(kind, f"{endpoint}: {_ADVICE[kind]}{said}")


def not_admin(asked):
    """Return the error of an account that may not ask."""
    return SupervisorError(
        "not_admin",
        f"{asked}: the account behind hearthwall_ha_token (or hearthwall_ha_admin) is no administrator. Make a token as"
        " one, under Profile > Security > Long-lived access tokens, put it into the home's vault (ansible-vault edit),"
        f" {AGAIN}",
    )


class Supervisor:
    """The Supervisor's API over a WebSocket that is logged in as an administrator."""

    def __init__(self, socket):
        self._socket = socket

    def get(self, endpoint, timeout=READ):
        return self._call("get", endpoint, timeout)

    def post(self, endpoint, data=None, timeout=WRITE):
        return self._call("post", endpoint, timeout, **({"data": data} if data is not None else {}))

    def _call(self, method, endpoint, timeout, **more):
        try:
            with self._socket.patient(timeout + 5):
                return self._socket.call("supervisor/api", endpoint=endpoint, method=method, timeout=timeout, **more)
        except NotAllowed:
            raise not_admin(endpoint) from None
        except CommandFailed as error:
            if error.code == "unknown_command":
                raise NoSupervisor from None
            raise classified(endpoint, error.said) from None
