# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts: one verdict for each of their controls. Pure: no connection, no clock."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.ha import sessions as stale
from ansible_collections.hearthwall.home.plugins.module_utils.ha.people import (
    can_log_in,
    containment,
    humans,
    is_contained,
    label,
)

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
    _sessions(wanted, ha, unknown, now, our_session, say)
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
        how = containment(person, wanted)
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


def _sessions(wanted, ha, unknown, now, our_session, say):
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
    elif ha.get("sessions_unseen"):
        say("HW-ACC-04", "unknown", expected, unknown["home_assistant.sessions"], f"{total} sessions were seen")
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
    elif ha.get("sessions_unseen"):
        say("HW-ACC-05", "unknown", expected, unknown["home_assistant.sessions"], evidence)
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
