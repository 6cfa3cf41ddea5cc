# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.hearthwall.home.plugins.plugin_utils.bundle.confirm import Confirmation, ConfirmError

GUARD = {"id": "web-1", "timeout": 10, "restores_at": "2026-11-23T15:00:00Z"}


class Connection:
    transport = "ssh"

    def __init__(self):
        self.resets = 0

    def reset(self):
        self.resets += 1


class Action:
    """Answers each call from a list; an exception is raised."""

    def __init__(self, *answers):
        self._connection = Connection()
        self.answers = list(answers)
        self.asked = []

    def call(self, module, arguments, task_vars):
        self.asked.append((arguments["state"], self._connection.resets))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def confirmation(action):
    clock = Clock()
    return Confirmation(action, {}, sleep=clock.sleep, clock=clock)


CUT = AnsibleConnectionFailure("Connection timed out.")


def test_confirmed_over_a_new_connection():
    action = Action({"changed": True})
    assert confirmation(action).confirm(GUARD)["state"] == "confirmed"
    assert action.asked == [("confirmed", 1)]


def test_a_hiccup_is_no_failure():
    action = Action(CUT, {"changed": True})
    assert confirmation(action).confirm(GUARD)["state"] == "confirmed"


def test_cut_off_until_the_host_came_back():
    action = Action(*[CUT] * 6, {"guards": [{"state": "restored"}]})
    with pytest.raises(ConfirmError, match="Connection timed out.*has put the old state back.*can be reached again"):
        confirmation(action).confirm(GUARD)


def test_cut_off_for_good():
    with pytest.raises(ConfirmError, match="2026-11-23T15:00:00Z.*could not be seen.*journalctl"):
        confirmation(Action(CUT)).confirm(GUARD)


def test_too_late():
    action = Action(*[{"failed": True, "msg": "not in time"}] * 5, {"guards": [{"state": "restored"}]})
    with pytest.raises(ConfirmError, match="not in time.*has put the old state back"):
        confirmation(action).confirm(GUARD)


def test_broken_in_the_middle():
    said = confirmation(Action(CUT, {"guards": [{"state": "unconfirmed"}]}, {"guards": []})).broken(10, "reset by peer")
    assert "reset by peer" in said and "has put the old state back by itself" in said
