# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The people and their accounts: whether each entry makes sense, and whether somebody is left in charge."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import found_on, problem
from ansible_collections.hearthwall.home.plugins.module_utils.description.types import check_value

# The keys of one person. The keys of accounts_people itself are user names, which no argument spec can declare.
PERSON = {
    "password": {"type": "str", "no_log": True},
    "mfa": {"type": "str", "choices": ["required", "exempt"]},
    "contain": {"type": "str", "choices": ["report", "local_only", "deactivate"]},
    "admin": {"type": "bool"},
    "password_set": {"type": "bool"},
}


def check(home):
    return found_on(home.group("home_assistant"), [_host])


def _host(host):
    people = host.get("accounts_people", {})
    if not isinstance(people, dict):
        return
    yield from _names(people)
    well_formed = {}
    for username, person in people.items():
        where = f"accounts_people.{username}"
        wrong = check_value(where, person, {"type": "dict", "options": PERSON})
        yield from wrong
        if not wrong:
            well_formed[str(username).strip().casefold()] = person or {}
            yield from _person(where, person or {})
    if len(well_formed) == len(people):
        yield from _administrators(host, well_formed)


def _names(people):
    seen = {}
    for username in people:
        name = str(username).strip().casefold()
        if not isinstance(username, str) or not name:
            yield problem(f"accounts_people.{username}", "is no user name", "Put the user name in quotes.")
        elif name in seen:
            yield problem(
                f"accounts_people.{username}",
                f"is the same account as {seen[name]}: Home Assistant does not tell capitals apart",
                "Keep one of them.",
            )
        seen.setdefault(name, username)


def _person(where, person):
    if person.get("password") is not None and not person["password"].strip():
        yield problem(f"{where}.password", "is empty", "Give the person's password, from the vault, or leave it out.")
    if person.get("password_set") and person.get("password") is None:
        yield problem(
            f"{where}.password_set", "is true, and there is no password to set", "Give password, from the vault."
        )
    if person.get("mfa") == "exempt" and person.get("contain") == "deactivate":
        yield problem(
            f"{where}.mfa",
            "is exempt, so contain: deactivate is never used: it is for those without a second factor",
            "Set mfa: required, or leave contain out.",
        )


def _administrators(host, people):
    unlisted = host.get("accounts_unlisted", "report")
    ours = host.get("hearthwall_ha_admin", {})
    us = str(ours.get("username") or "").strip().casefold() if isinstance(ours, dict) else ""
    if people and unlisted == "deactivate" and not any(_stays(person) for person in people.values()):
        yield problem(
            "accounts_people",
            "nobody is left with admin: everyone listed loses it or may be deactivated, and so is everyone else",
            "Give one person admin: true and a password, or another contain.",
        )
    if us in people and people[us].get("admin") is False:
        yield problem(
            f"accounts_people.{us}.admin",
            "is false, and Hearthwall logs in as this administrator",
            "Name another administrator in hearthwall_ha_admin, or leave admin out.",
        )
    if us and us not in people and unlisted == "deactivate":
        yield problem(
            "accounts_unlisted",
            f"is deactivate, and {us}, as whom Hearthwall logs in, is not in accounts_people",
            f"Add {us} to accounts_people, or set accounts_unlisted: report.",
        )
    admins = host.get("accounts_admins", {})
    most = admins.get("max") if isinstance(admins, dict) else None
    declared = sorted(name for name, person in people.items() if person.get("admin") is True)
    if isinstance(most, int) and len(declared) > most:
        yield problem(
            "accounts_admins.max",
            f"is {most}, and accounts_people makes {len(declared)} administrators ({', '.join(declared)})",
            "Raise it, or give fewer people admin: true.",
        )


def _stays(person):
    enrolled = person.get("password") is not None or person.get("mfa") == "exempt"
    return person.get("admin") is not False and (enrolled or person.get("contain") != "deactivate")
