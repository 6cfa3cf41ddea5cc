# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The people of a home: what is declared of them, and who they are in what the look saw."""

from __future__ import annotations

# The groups of Home Assistant that make somebody an administrator, or not.
ADMINISTRATORS = "system-admin"
USERS = "system-users"


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


def as_person(user, username):
    """Return a user of Home Assistant as a person of the snapshot; its second factors are not known yet."""
    groups = user.get("group_ids") or []
    return {
        "id": user["id"],
        "name": user.get("name"),
        "username": username,
        "is_owner": bool(user.get("is_owner")),
        "is_admin": bool(user.get("is_owner")) or (bool(user.get("is_active")) and ADMINISTRATORS in groups),
        "is_active": bool(user.get("is_active")),
        "local_only": bool(user.get("local_only")),
        "system_generated": bool(user.get("system_generated")),
        "group_ids": list(groups),
        "mfa": None,
        "mfa_fingerprint": None,
        "password": {"verdict": "none", "tested": 0, "of": 0, "cached": False},
    }


def humans(ha):
    """Return the accounts of people (not those that Home Assistant makes for itself)."""
    return [person for person in ha["people"] if not person["system_generated"]]


def can_log_in(person):
    """Return whether anybody can log in as this person."""
    return person["is_active"] and bool(person.get("credentials", True))


def label(person):
    """Return how a person is named in reports."""
    return person["username"] or person["name"] or person["id"]


def containment(person, wanted):
    """Return how a person without a second factor is to be contained."""
    declared = wanted.of(person)
    return wanted.unlisted if declared is None else declared["contain"]


def is_contained(person, how):
    """Return whether a containment is in force."""
    return not person["is_active"] or (how == "local_only" and person["local_only"])


def may_contain(person, how, ours):
    """Return whether a containment is possible: never of whom we log in as, and no owner is deactivated."""
    if how == "report" or person["id"] == ours:
        return False
    return not (how == "deactivate" and person["is_owner"])


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
