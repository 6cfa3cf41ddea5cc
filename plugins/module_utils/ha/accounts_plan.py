# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts: what is wanted against what is, as actions to take. Pure: no connection, no clock."""

from __future__ import annotations

import copy

from ansible_collections.hearthwall.home.plugins.module_utils.ha import sessions as stale
from ansible_collections.hearthwall.home.plugins.module_utils.ha.people import (
    can_log_in,
    humans,
    is_contained,
    may_contain,
)

WEAK = "its password was weak"
# What an action of a kind mends.
CONTROL_OF = {
    "set_password": ("HW-ACC-01", "HW-ACC-02"),
    "enrol": ("HW-MFA-01",),
    "confirm_enrolment": ("HW-MFA-01",),
    "contain": ("HW-MFA-01", "HW-ACC-08"),
    "set_admin": ("HW-ACC-06",),
    "end_session": ("HW-ACC-04",),
    "revoke_token": ("HW-ACC-05",),
    "learn_password": (),
}


def plan(wanted, ha, now, held=(), ours=None, our_session=None, pending=()):
    """Return the actions that bring the accounts to the declared state.

    ``held``: usernames whose password the vault holds; ``ours``: the user id we log in as; ``our_session``: the id
    of a long-lived token that we use; ``pending``: usernames whose enrolment the vault has begun but not confirmed.
    """
    actions = []
    usernames = {person["id"]: person["username"] for person in ha["people"]}
    totp = ha["mfa_modules"] is None or "totp" in ha["mfa_modules"]
    for person in humans(ha):
        actions += _for_person(person, wanted, held, ours, pending, totp)
    gone = {action["user_id"] for action in actions if action["kind"] == "contain" and action["how"] == "deactivate"}
    ended = {action["user_id"] for action in changes(actions) if action["kind"] == "set_password"} | gone
    people = {person["id"] for person in humans(ha)}
    actions += sessions_of(ha, ended - gone, our_session)
    if wanted.sessions["revoke"]:
        for session, why in stale.stale_sessions(ha["sessions"], wanted.sessions, now, our_session):
            if session["user_id"] in people - ended:
                actions.append(_session_action("end_session", session, usernames, why))
    if wanted.tokens["revoke"]:
        for session, why in stale.stale_tokens(ha["sessions"], wanted.tokens, now, usernames, our_session):
            actions.append(_session_action("revoke_token", session, usernames, why))
    return actions


def sessions_of(ha, user_ids, our_session=None):
    """Return the actions that end the sessions opened with passwords that were weak."""
    usernames = {person["id"]: person["username"] for person in ha["people"]}
    return [
        _session_action("end_session", session, usernames, WEAK)
        for session in ha["sessions"]
        if session["user_id"] in user_ids and session["type"] == stale.NORMAL and session["id"] != our_session
    ]


def _session_action(kind, session, usernames, why):
    return {
        "kind": kind,
        "user_id": session["user_id"],
        "username": usernames.get(session["user_id"]),
        "session_id": session["id"],
        "name": session["name"] or session["client_id"],
        "why": why,
    }


def _for_person(person, wanted, held, ours, pending, totp):
    actions = []
    declared = wanted.of(person)
    who = {"user_id": person["id"], "username": person["username"]}
    if not can_log_in(person):
        return actions
    holds = declared is not None and person["username"] in held
    if holds and declared.get("password_set") and person["password"]["verdict"] in ("empty", "common"):
        actions.append({"kind": "set_password", **who})
    elif holds and declared.get("password_set") and person["password"]["tested"] < person["password"]["of"]:
        # The look had no time to find out: the visit does, with more of it.
        actions.append({"kind": "set_password", "if_weak": True, "name": person["name"], **who})
    elif holds and person["password"].get("minimum") != wanted.password["min_length"]:
        actions.append({"kind": "learn_password", **who})
    if declared is None:
        if may_contain(person, wanted.unlisted, ours) and not is_contained(person, wanted.unlisted):
            actions.append({"kind": "contain", "how": wanted.unlisted, "unlisted": True, **who})
        return actions
    if declared.get("admin") is not None and declared["admin"] != person["is_admin"]:
        actions.append({"kind": "set_admin", "admin": declared["admin"], **who})
    if person["mfa"] is None or declared["mfa"] == "exempt":
        return actions
    how = declared["contain"] if may_contain(person, declared["contain"], ours) else "report"
    if person["mfa"]:
        if person["username"] in pending:
            actions.append({"kind": "confirm_enrolment", **who})
    elif holds and totp:
        actions.append({"kind": "enrol", "otherwise": "report" if is_contained(person, how) else how, **who})
    elif how != "report" and not is_contained(person, how):
        actions.append({"kind": "contain", "how": how, **who})
    return actions


def changes(actions):
    """Return the actions that change something."""
    quiet = ("learn_password", "confirm_enrolment")
    return [action for action in actions if action["kind"] not in quiet and not action.get("if_weak")]


def simulate(ha, actions):
    """Return the accounts as they would be after the actions: what a dry run shows, what the lock-out test judges."""
    after = copy.deepcopy(ha)
    by_id = {person["id"]: person for person in after["people"]}
    gone = set()
    for action in changes(actions):
        person = by_id.get(action.get("user_id"))
        if action["kind"] == "enrol":
            person["mfa"] = ["totp"]
        elif action["kind"] == "set_password":
            person["password"] = {"verdict": "not_common", "tested": 1, "of": 1, "cached": False}
        elif action["kind"] == "contain":
            person["local_only" if action["how"] == "local_only" else "is_active"] = action["how"] == "local_only"
        elif action["kind"] == "set_admin":
            person["is_admin"] = action["admin"]
        elif action["kind"] in ("end_session", "revoke_token"):
            gone.add(action["session_id"])
    after["sessions"] = [session for session in after["sessions"] if session["id"] not in gone]
    return after


def mended(actions):
    """Return the ids of the controls that some actions serve."""
    found = set()
    for action in changes(actions):
        if action["kind"] == "contain":
            found.add("HW-ACC-08" if action.get("unlisted") else "HW-MFA-01")
        elif action["kind"] == "end_session" and action["why"] == WEAK:
            found.add("HW-ACC-01")
        else:
            found.update(CONTROL_OF[action["kind"]])
    return found
