# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Applying a plan so that the router undoes it unless a second connection has seen it hold.

Two things undo it: safe mode, which belongs to the connection that took it (the router may take minutes to notice that
a connection is dead), and a scheduler on the router that loads a backup (and so restarts it) when the time is over,
also after a restart.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros.plan import plan, rounds
from ansible_collections.hearthwall.home.plugins.plugin_utils.routeros.api import ApiError

GUARD = "hearthwall-guard"
SCHEDULER, FILES = "/system/scheduler", "/file"
PAUSE = 1
# How long a router may take to start again with its backup.
RESTART = 120


class ApplyError(Exception):
    """The plan was not applied; the text says how the router stands."""


@dataclass
class Applied:
    """What was done, and what the router has now."""

    actions: list
    rounds: int
    state: dict


class Applier:
    """``connect`` opens a new connection; ``doubts`` returns what speaks against a state, or nothing."""

    def __init__(self, connect, doubts, timeout=60, sleep=time.sleep, clock=time.monotonic):
        self._connect, self._doubts, self._timeout = connect, doubts, timeout
        self._sleep, self._clock = sleep, clock

    def apply(self, wanted, replaces=()):
        """Lead the router to the entries that are wanted; return Applied."""
        connection = self._connect()
        try:
            state = connection.state()
            actions = plan(wanted, state, replaces)
            steps = rounds(actions)
            made = {}
            for number, step in enumerate(steps, 1):
                last = number == len(steps)
                if last:
                    self._arm(connection)
                state = self._round(connection, step, made, wanted, replaces, last)
            return Applied(actions, len(steps), state)
        finally:
            connection.close()

    def _round(self, connection, step, made, wanted, replaces, last):
        """One safe mode: act, look by a second connection, release or undo."""
        before = _told(plan(wanted, connection.state(), replaces))
        try:
            connection.command("/safe-mode/take")
        except ApiError as error:
            self._disarm(connection)
            raise ApplyError(f"Safe mode could not be taken, so nothing was changed: {error}.") from error
        try:
            for action in step:
                connection.act(action, made)
            state = self._seen(wanted, replaces, len(step), last)
            connection.command("/safe-mode/release")
            if last:
                self._disarm(connection)
        except (ApiError, ApplyError) as error:
            raise ApplyError(
                f"{str(error).rstrip('.')}. {self._undone(connection, wanted, replaces, before)}"
            ) from error
        return state

    def _seen(self, wanted, replaces, done, last):
        """Return the state as a new connection sees it; raise where it is not as it has to be."""
        second = self._connect()
        try:
            state = second.state()
        finally:
            second.close()
        if last:
            left = plan(wanted, state, replaces)
            if left:
                raise ApplyError(f"{len(left)} of {done} changes did not take, the first: {left[0]}")
            said = self._doubts(state)
            if said:
                raise ApplyError(f"What runs now is not the policy: {said}")
        return state

    def _arm(self, connection):
        """Lay the way back on the router itself: a backup, and a scheduler that loads it when the time is over."""
        self._disarm(connection)
        connection.command("/system/backup/save", f"=name={GUARD}", "=dont-encrypt=yes")
        event = f'/system/backup/load name={GUARD} password=""'
        words = (f"=name={GUARD}", f"=interval={int(self._timeout)}s", f"=on-event={event}")
        connection.command(f"{SCHEDULER}/add", *words, "=comment=hearthwall guard: undoes what nobody confirms")

    def _disarm(self, connection):
        for path, name in ((SCHEDULER, GUARD), (FILES, f"{GUARD}.backup")):
            for entry in connection.command(f"{path}/print"):
                if entry.get("name") == name:
                    connection.command(f"{path}/remove", f"=.id={entry['.id']}")

    def _undone(self, connection, wanted, replaces, before):
        """Undo at once where the connection still stands, else wait until the router has; say which."""
        try:
            connection.command("/safe-mode/unroll")
            self._disarm(connection)
            return "It was undone at once: the router has its old state."
        except ApiError:
            connection.close()
        until = self._clock() + self._timeout + RESTART
        while self._clock() < until:
            try:
                second = self._connect()
            except ApiError:
                self._sleep(PAUSE)
                continue
            try:
                if _told(plan(wanted, second.state(), replaces)) == before:
                    self._disarm(second)
                    return "The router has undone it by itself, and can be reached again."
                self._sleep(PAUSE)
            except ApiError:
                self._sleep(PAUSE)
            finally:
                second.close()
        return (
            f"The router undoes it by itself {self._timeout:g} s after the change, by a restart with the backup "
            f"{GUARD}, but that could not be seen: look at it at its console."
        )


def _told(actions):
    return [(action.path, action.verb, dict(action.options)) for action in actions]
