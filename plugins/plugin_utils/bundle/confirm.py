# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Confirming a guarded change over a connection that did not exist when it was made."""

from __future__ import annotations

import time

from ansible.errors import AnsibleConnectionFailure, AnsibleError

PAUSE = 1
# After the host had to put the old state back, how long to wait for it beyond the time it was given.
GRACE = 20


class ConfirmError(Exception):
    """The change was not confirmed; the text says what became of the host."""


class Confirmation:
    """Confirms over a new connection; where none can be made, waits until the host has put the old state back."""

    def __init__(self, action, task_vars, sleep=time.sleep, clock=time.monotonic):
        self._action, self._task_vars = action, task_vars
        self._sleep, self._clock = sleep, clock

    def confirm(self, guard):
        """Return the confirmed guard, or raise ConfirmError once it is known how the host stands."""
        until = self._clock() + guard["timeout"]
        reason = None
        while self._clock() < until:
            try:
                result = self._ask({"state": "confirmed", "id": guard["id"]})
            except AnsibleError as error:
                reason = str(error).strip().rstrip(".")
                self._sleep(PAUSE)
                continue
            if result.get("failed"):
                raise ConfirmError(f"The change could not be confirmed: {result.get('msg', '')}.")
            return {"id": guard["id"], "timeout": guard["timeout"], "state": "confirmed"}
        raise ConfirmError(self._aftermath(guard, until, reason))

    def _ask(self, arguments):
        reset(self._action)
        return self._action.call("hearthwall.home.guard", arguments, self._task_vars)

    def _aftermath(self, guard, until, reason):
        cause = (
            f"After the change no new connection could be made within {guard['timeout']:g} s ({reason}), "
            "so it was not confirmed."
        )
        while self._clock() < until + GRACE:
            try:
                found = self._ask({"state": "status", "id": guard["id"]})
            except AnsibleError:
                self._sleep(PAUSE)
                continue
            states = [item["state"] for item in found.get("guards", [])]
            if "restored" in states:
                return f"{cause} The host has put the old state back by itself, and can be reached again."
            self._sleep(PAUSE)
        return (
            f"{cause} The host was to put the old state back by itself at {guard['restores_at']} but could not be "
            f"reached to see that. Look at it on its console: journalctl -u 'hearthwall-guard-{guard['id']}*'"
        )


def reset(action):
    """Drop the connection, shared master included, so that the next call has to make a new one."""
    connection = action._connection
    if hasattr(connection, "reset"):
        try:
            connection.reset()
        except (AnsibleConnectionFailure, OSError):
            connection.close()
