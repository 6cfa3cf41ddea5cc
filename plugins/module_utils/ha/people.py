# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts: what is wanted against what is, as actions to take and as verdicts. Pure: no connection, no clock."""

from __future__ import annotations

import copy

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.ha import sessions as stale

CONTAINMENTS = ("report", "local_only", "deactivate")
ADMINISTRATORS = "system-admin"
USERS = "system-users"
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
CONTROLS = (
    "HW-MFA-01",
    "HW-MFA-02",
    "HW-ACC-01",
    "HW-ACC-02",
    "HW-ACC-03",
    "HW-ACC-04",
    "HW-ACC-05",
    "HW-ACC-06",
    "HW-ACC-07",
    "HW-ACC-08",
)


class Wanted:
    """The declared state of the accounts (the options of the action ha_accounts, without secrets)."""

    def __init__(self, people=None, unlisted="report", sessions=None, tokens=None, admins=None, password=None):
        self.people = {
            username.strip().casefold(): {"mfa": "required", "contain": "report", **(person or {})}
            for username, person in (people or {}).items()
        }
        self.unlisted = unlisted
        self.sessions = {"max_idle_days": 60, "max_age_days": 365, "revoke": True, **(sessions or {})}
        self.tokens = {"keep": [], "max_age_days": 365, "revoke": False, **(tokens or {})}
        self.admins = {"max": 2, **(admins or {})}
        self.password = {"min_length": 12, **(password or {})}

    def of(self, person):
        """Return what is declared for a person; None if nothing is."""
        return self.people.get(person["username"]) if person["username"] else None


def humans(ha):
    """Return the accounts of people (not those that Home Assistant makes for itself)."""
    return [person for person in ha["people"] if not person["system_generated"]]


def can_log_in(person):
    """Return whether anybody can log in as this person."""
    return person["is_active"] and bool(person.get("credentials", True))


def label(person):
    """Return how a person is named in reports."""
    return person["username"] or person["name"] or person["id"]


def _containment(person, wanted):
    declared = wanted.of(person)
    return wanted.unlisted if declared is None else declared["contain"]


def is_contained(person, how):
    """Return whether a containment is in force."""
    return not person["is_active"] or (how == "local_only" and person["local_only"])


def _may_contain(person, how, ours):
    if how == "report" or person["id"] == ours:
        return False
    return not (how == "deactivate" and person["is_owner"])


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
        if _may_contain(person, wanted.unlisted, ours) and not is_contained(person, wanted.unlisted):
            actions.append({"kind": "contain", "how": wanted.unlisted, "unlisted": True, **who})
        return actions
    if declared.get("admin") is not None and declared["admin"] != person["is_admin"]:
        actions.append({"kind": "set_admin", "admin": declared["admin"], **who})
    if person["mfa"] is None or declared["mfa"] == "exempt":
        return actions
    how = declared["contain"] if _may_contain(person, declared["contain"], ours) else "report"
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


def refusals(wanted, ha, actions, ours=None):
    """Return [(what is wrong, what to do)] of a description that would lock people out; empty if it would not."""
    found = []
    by_username = {person["username"]: person for person in humans(ha) if person["username"]}
    for username, declared in wanted.people.items():
        person = by_username.get(username)
        if person is None:
            continue
        if person["is_owner"] and declared["contain"] == "deactivate":
            found.append(
                (
                    f"accounts_people.{username}.contain is deactivate, but {username} is the owner, whom Home"
                    " Assistant does not deactivate.",
                    "Use local_only or report.",
                )
            )
        if person["is_owner"] and declared.get("admin") is False:
            found.append(
                (
                    f"accounts_people.{username}.admin is false, but {username} is the owner.",
                    "Leave it out, or set true.",
                )
            )
        if person["id"] == ours and declared.get("admin") is False:
            found.append(
                (
                    f"accounts_people.{username}.admin is false, but Hearthwall logs in as {username}.",
                    "Name another administrator in hearthwall_ha_admin.",
                )
            )
    if ours is not None and not any(person["id"] == ours and person["is_admin"] for person in humans(ha)):
        found.append(
            ("The account in hearthwall_ha_admin is no administrator.", "Name the owner or an administrator there.")
        )
    after = simulate(ha, actions)
    if humans(ha) and not any(person["is_active"] and person["is_admin"] for person in humans(after)):
        found.append(
            ("After this no active administrator would be left.", "Give one person admin: true, or contain fewer.")
        )
    return found


def describe(ha):
    """Return the accounts as lines for a diff. No secrets: they never were in the snapshot."""
    lines = []
    names = {person["id"]: label(person) for person in ha["people"]}
    for person in humans(ha):
        rank = "owner" if person["is_owner"] else "administrator" if person["is_admin"] else "user"
        factors = "unknown" if person["mfa"] is None else ", ".join(person["mfa"]) or "none"
        lines.append(
            f"{label(person)}: {rank}, {'active' if person['is_active'] else 'inactive'}"
            f"{', local only' if person['local_only'] else ''}, second factor {factors},"
            f" password {person['password']['verdict']}"
        )
    for session in ha["sessions"]:
        if session["type"] != "system":
            name = session["name"] or session["client_id"] or ""
            lines.append(f"{names.get(session['user_id'])}: {session['type']} {name} of {session['created_at']}")
    return "".join(line + "\n" for line in lines)


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


def verdicts(wanted, ha, unknown, now, our_session=None, changed=(), notes=None):
    """Return one verdict for each control of the accounts, about the state in ``ha``.

    ``changed``: the controls that this run mended; ``notes``: {username: why an enrolment was not possible}.
    """
    spoken = []

    def say(control, status, expected, actual, evidence=""):
        spoken.append(verdict(control, status, expected, actual, evidence, control in changed))

    if ha is None:
        reason = unknown.get("home_assistant", "Home Assistant was not found on this host")
        return [verdict(control, "unknown", "", reason) for control in CONTROLS]
    _onboarded(ha, unknown, say)
    _login(ha, unknown, say)
    if ha["people"] is None:
        reason = unknown.get("home_assistant.people", "the accounts could not be read")
        known = {item["id"] for item in spoken}
        spoken += [verdict(control, "unknown", "", reason) for control in CONTROLS if control not in known]
        return spoken
    _mfa(wanted, ha, unknown, say, notes or {})
    _passwords(wanted, ha, unknown, say)
    _sessions(wanted, ha, now, our_session, say)
    _ranks(wanted, ha, say)
    _unlisted(wanted, ha, say)
    return spoken


def _onboarded(ha, unknown, say):
    expected = "the instance is onboarded: its owner is somebody"
    if ha["onboarded"] is None:
        say(
            "HW-ACC-07",
            "unknown",
            expected,
            unknown.get("home_assistant.onboarded", "the onboarding could not be read"),
        )
    elif ha["onboarded"]:
        say("HW-ACC-07", "pass", expected, "an owner exists", ".storage/onboarding")
    else:
        say(
            "HW-ACC-07", "fail", expected, "whoever reaches the instance first becomes its owner", ".storage/onboarding"
        )


def _login(ha, unknown, say):
    expected = "the TOTP module can be used"
    if ha["mfa_modules"] is None:
        say(
            "HW-MFA-02",
            "unknown",
            expected,
            unknown.get("home_assistant.mfa_modules", "the configuration was not read"),
        )
    elif "totp" in ha["mfa_modules"]:
        say("HW-MFA-02", "pass", expected, "it is enabled", "configuration.yaml: homeassistant: auth_mfa_modules")
    else:
        found = ", ".join(ha["mfa_modules"]) or "none"
        say("HW-MFA-02", "fail", expected, f"modules: {found}", "configuration.yaml: homeassistant: auth_mfa_modules")
    expected = "no auth provider lets people in without password and second factor"
    if ha["auth_providers"] is None:
        reason = unknown.get("home_assistant.auth_providers", "the configuration was not read")
        say("HW-ACC-03", "unknown", expected, reason)
    elif ha["trusted_networks"]:
        trusted = ha["trusted_networks"]
        bypass = ", without even choosing a name" if trusted["allow_bypass_login"] else ""
        networks = ", ".join(trusted["trusted_networks"])
        say("HW-ACC-03", "fail", expected, f"trusted_networks lets in everybody from {networks}{bypass}")
    else:
        say("HW-ACC-03", "pass", expected, f"providers: {', '.join(ha['auth_providers'])}", "configuration.yaml")


def _mfa(wanted, ha, unknown, say, notes):
    expected = "every person who can log in has a second factor, is exempt, or is contained as declared"
    people = [person for person in humans(ha) if can_log_in(person)]
    if any(person["mfa"] is None for person in people):
        say("HW-MFA-01", "unknown", expected, unknown.get("home_assistant.mfa", "the enrolments could not be read"))
        return
    if not people and not ha["onboarded"]:
        say("HW-MFA-01", "not_applicable", expected, "there are no people yet")
        return
    lacking, evidence = [], []
    for person in people:
        declared = wanted.of(person)
        how = _containment(person, wanted)
        if person["mfa"]:
            evidence.append(f"{label(person)}: {', '.join(person['mfa'])}")
        elif declared is not None and declared["mfa"] == "exempt":
            evidence.append(f"{label(person)}: exempt")
        elif how == "local_only" and person["local_only"]:
            evidence.append(f"{label(person)}: no second factor, local only")
        else:
            lacking.append(label(person) + (f" ({notes[person['username']]})" if person["username"] in notes else ""))
    evidence += [f"{label(person)}: inactive" for person in humans(ha) if not person["is_active"]]
    if lacking:
        say("HW-MFA-01", "fail", expected, f"password alone logs in: {', '.join(lacking)}", "; ".join(evidence))
    else:
        say("HW-MFA-01", "pass", expected, f"{len(people)} people, all covered", "; ".join(evidence))


def _passwords(wanted, ha, unknown, say):
    minimum = wanted.password["min_length"]
    people = [person for person in humans(ha) if person["is_active"] and person["password"]["verdict"] != "none"]
    empty = [label(person) for person in people if person["password"]["verdict"] == "empty"]
    untested = [label(person) for person in people if person["password"]["tested"] < 1]
    expected = "no active account has an empty password"
    why = unknown.get("home_assistant.passwords", "the time budget ran out; the next apply goes on")
    if empty:
        say("HW-ACC-01", "fail", expected, f"empty: {', '.join(empty)}", "bcrypt, offline")
    elif untested:
        say("HW-ACC-01", "unknown", expected, f"not tested: {', '.join(untested)} ({why})")
    else:
        say("HW-ACC-01", "pass", expected, f"none of {len(people)}", "bcrypt, offline")

    expected = f"no password is common, and none that the vault holds is shorter than {minimum}"
    weak = [f"{label(person)} (common)" for person in people if person["password"]["verdict"] == "common"]
    short = {username for username, declared in wanted.people.items() if declared.get("too_short")}
    short.update(
        person["username"]
        for person in people
        if person["password"].get("length") == "short" and person["password"].get("minimum") == minimum
    )
    weak += [f"{username} (shorter than {minimum})" for username in sorted(short)]
    partly, evidence = [], []
    for person in people:
        password = person["password"]
        if password["verdict"] in ("empty", "common"):
            continue
        if password["tested"] < password["of"] or not password["of"]:
            partly.append(f"{label(person)} {password['tested']} of {password['of']}")
        else:
            known = "length known from the vault" if password.get("length") else "length cannot be seen"
            evidence.append(f"{label(person)}: {password['of']} guesses, {known}")
    listed = f"list {next((p['password']['list'] for p in people if p['password'].get('list')), '')}"
    if weak or empty:
        weak += [f"{name} (empty)" for name in empty]
        say("HW-ACC-02", "fail", expected, ", ".join(weak), "; ".join([listed, *evidence]))
    elif partly:
        say(
            "HW-ACC-02",
            "unknown",
            expected,
            f"tested so far: {', '.join(partly)} ({why})",
            "; ".join([listed, *evidence]),
        )
    else:
        say("HW-ACC-02", "pass", expected, f"none of {len(people)}", "; ".join([listed, *evidence]))


def _sessions(wanted, ha, now, our_session, say):
    usernames = {person["id"]: label(person) for person in ha["people"]}
    limits = wanted.sessions
    bounds = [f"unused for {limits['max_idle_days']} days"] if limits["max_idle_days"] is not None else []
    bounds += [f"older than {limits['max_age_days']} days"] if limits["max_age_days"] is not None else []
    expected = f"no session {' or '.join(bounds)}" if bounds else "no limit declared"
    found = stale.stale_sessions(ha["sessions"], limits, now, our_session)
    total = sum(1 for session in ha["sessions"] if session["type"] == stale.NORMAL)
    if found:
        listed = ", ".join(f"{usernames.get(session['user_id'])}: {why}" for session, why in found)
        say("HW-ACC-04", "fail", expected, listed, f"{total} sessions")
    else:
        say("HW-ACC-04", "pass", expected, f"none of {total}", ".storage/auth")

    limits = wanted.tokens
    days = limits["max_age_days"]
    expected = (
        "no limit declared" if days is None else f"no long-lived token of {days} days or more that is not kept by name"
    )
    found = stale.stale_tokens(ha["sessions"], limits, now, usernames, our_session)
    tokens = [session for session in ha["sessions"] if session["type"] == stale.LONG_LIVED]
    evidence = "; ".join(
        f"{usernames.get(token['user_id'])}: {token['name']}, {stale.age(token, now) or 0:.0f} days old"
        for token in tokens
    )
    if found:
        listed = ", ".join(f"{session['name']} of {usernames.get(session['user_id'])}: {why}" for session, why in found)
        say("HW-ACC-05", "fail", expected, listed, evidence)
    else:
        say("HW-ACC-05", "pass", expected, f"none of {len(tokens)}", evidence)


def _ranks(wanted, ha, say):
    active = [person for person in humans(ha) if person["is_active"]]
    owners = [person for person in active if person["is_owner"]]
    admins = [person for person in active if person["is_admin"]]
    limit = wanted.admins["max"]
    expected = f"one owner, at most {limit} administrators (with the owner), and ranks as declared"
    if not active and not ha["onboarded"]:
        say("HW-ACC-06", "not_applicable", expected, "there are no people yet")
        return
    wrong = []
    if len(owners) != 1:
        wrong.append(f"{len(owners)} active owners")
    if limit is not None and len(admins) > limit:
        wrong.append(f"{len(admins)} administrators")
    for person in active:
        declared = wanted.of(person) or {}
        if declared.get("admin") is not None and declared["admin"] != person["is_admin"]:
            wrong.append(f"{label(person)} is {'an' if person['is_admin'] else 'no'} administrator")
    evidence = f"administrators: {', '.join(label(person) for person in admins) or 'none'}"
    if wrong:
        say("HW-ACC-06", "fail", expected, ", ".join(wrong), evidence)
    else:
        say("HW-ACC-06", "pass", expected, f"{len(owners)} owner, {len(admins)} administrators", evidence)


def _unlisted(wanted, ha, say):
    expected = "every account that can log in is in the description, or contained as declared"
    strangers = [person for person in humans(ha) if can_log_in(person) and wanted.of(person) is None]
    loose = [
        label(person)
        for person in strangers
        if wanted.unlisted == "report" or not is_contained(person, wanted.unlisted)
    ]
    there = {person["username"] for person in humans(ha)}
    absent = sorted(username for username in wanted.people if username not in there)
    evidence = f"described but not there: {', '.join(absent)}" if absent else ""
    if loose:
        say("HW-ACC-08", "fail", expected, f"not described: {', '.join(loose)}", evidence)
    else:
        contained = f", {len(strangers)} contained" if strangers else ""
        say("HW-ACC-08", "pass", expected, f"{len(wanted.people)} described{contained}", evidence)
