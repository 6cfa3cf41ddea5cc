# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Confirming a guarded change over a connection that did not exist when it was made."""

from __future__ import annotations

import time

from ansible.errors import AnsibleConnectionFailure, AnsibleError

PAUSE = 1
# After the host had to put the old state back, how long to wait for it beyond the time it was given.
GRACE = 20
KEEP_ALIVE = "-o ServerAliveInterval=5 -o ServerAliveCountMax=6"


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
            if not result.get("failed"):
                return {"id": guard["id"], "timeout": guard["timeout"], "state": "confirmed"}
            reason = str(result.get("msg", "")).strip().rstrip(".")
            self._sleep(PAUSE)
        raise ConfirmError(self._aftermath(guard, until, reason))

    def _ask(self, arguments):
        reset(self._action)
        return self._action.call("hearthwall.home.guard", arguments, self._task_vars)

    def _aftermath(self, guard, until, reason):
        cause = f"The change could not be confirmed over a new connection within {guard['timeout']:g} s: {reason}."
        if self._settled(guard["id"], until + GRACE):
            return f"{cause} The host has put the old state back by itself, and can be reached again."
        return (
            f"{cause} The host was to put the old state back by itself at {guard['restores_at']}, but that could not "
            f"be seen. Look at it on its console: journalctl -u 'hearthwall-guard-{guard['id']}*'."
        )

    def _settled(self, identity, until):
        """Say whether the host was seen to have no unsettled change (of that id, or at all) before it is too late."""
        while self._clock() < until:
            try:
                found = self._ask({"state": "status", "id": identity})
            except AnsibleError:
                self._sleep(PAUSE)
                continue
            if not found.get("failed") and all(item["state"] == "restored" for item in found["guards"]):
                return True
            self._sleep(PAUSE)
        return False

    def broken(self, timeout, reason):
        """Return what became of the host when the connection broke while a guarded change was being made."""
        cause = f"The connection broke while the guarded change was being made ({reason})."
        if self._settled(None, self._clock() + timeout + GRACE):
            return (
                f"{cause} It was not confirmed: the host has put the old state back by itself and can be reached again."
            )
        return (
            f"{cause} The host puts the old state back by itself within {timeout:g} s of making the change, but that "
            "could not be seen. Look at it on its console: journalctl -u 'hearthwall-guard-*'."
        )


def keep_alive(action):
    """Notice within half a minute that a change has cut an SSH connection, instead of waiting for ever."""
    connection = action._connection
    if connection.transport != "ssh":
        return
    given = connection.get_option("ssh_extra_args") or ""
    if KEEP_ALIVE not in given:
        reset(action)
        connection.set_option("ssh_extra_args", f"{given} {KEEP_ALIVE}".strip())


def reset(action):
    """Drop the connection, shared master included, so that the next call has to make a new one."""
    connection = action._connection
    if hasattr(connection, "reset"):
        try:
            connection.reset()
        except (AnsibleConnectionFailure, OSError):
            connection.close()
