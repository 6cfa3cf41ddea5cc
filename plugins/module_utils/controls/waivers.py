# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waivers: who accepts which finding, where, why and until when. Strict, and pure."""

from __future__ import annotations

import datetime
import re

from ansible_collections.hearthwall.home.plugins.module_utils.controls.entries import did_you_mean, entries

FIELDS = ("control", "host", "home", "reason", "owner", "expires")
LONGEST_DAYS = 366
# What a waiver can excuse. A pass needs no excuse, and what does not apply has none to give.
EXCUSABLE = ("fail", "error", "unknown")
_PATTERN = re.compile(r"[*?\[\]!,:&~]|^(all|any|every|everything)$", re.IGNORECASE)


class WaiverError(ValueError):
    """The waivers cannot be used; ``problems`` names every entry that is wrong."""

    def __init__(self, problems):
        super().__init__("The waivers are not usable:\n" + "\n".join(f"  {each}" for each in problems))
        self.problems = list(problems)


def build_waivers(source, document, controls, hosts, homes, today):
    """Return the waivers of one file as a list of {control, host, home, reason, owner, expires}.

    ``controls``, ``hosts`` and ``homes`` are the names there are; ``today`` is the UTC date. An expired waiver is
    well-formed: it is kept, and fails. Raise with every problem at once.
    """
    problems, waivers, seen = [], [], {}
    for where, entry in entries(source, document, "waivers", "control", problems):
        wrong = list(_entry_problems(where, entry, controls, hosts, homes, today))
        problems.extend(wrong)
        if wrong:
            continue
        scope = (entry["control"], entry.get("host"), entry.get("home"))
        if scope in seen:
            problems.append(f"{where}: says the same as {seen[scope]}: keep one of them")
            continue
        seen[scope] = where
        waivers.append({**dict.fromkeys(FIELDS), **entry, "expires": _date(entry["expires"]).isoformat()})
    if problems:
        raise WaiverError(problems)
    return waivers


def waiver_for(waivers, control, host, home):
    """Return the waiver that covers a control on a host: one for the host before one for its home; or None."""
    for scope, name in (("host", host), ("home", home)):
        for waiver in waivers:
            if waiver["control"] == control and waiver[scope] == name:
                return waiver
    return None


def waived_status(status, waiver, today):
    """Return what a status becomes under a waiver (or None) on a UTC date; the day it names is its last."""
    if waiver is None or status not in EXCUSABLE:
        return status
    return "waiver_expired" if today.isoformat() > waiver["expires"] else "waived"


def _entry_problems(where, entry, controls, hosts, homes, today):
    for key in entry:
        if key not in FIELDS:
            yield f"{where}: {key}: unknown key{did_you_mean(key, FIELDS)}"
    for key in ("control", "reason", "owner", "expires"):
        if key not in entry:
            yield f"{where}: {key}: missing"
    for key in ("control", "host", "home", "reason", "owner"):
        if key in entry and not (isinstance(entry[key], str) and entry[key].strip()):
            yield f"{where}: {key}: must be a text"
    if ("host" in entry) == ("home" in entry):
        yield f"{where}: names {'both' if 'host' in entry else 'neither'} host and home: name exactly one"
    for key, known in (("control", controls), ("host", hosts), ("home", homes)):
        name = entry.get(key)
        if not isinstance(name, str) or not name.strip():
            continue
        if _PATTERN.search(name):
            yield f"{where}: {key}: {name!r} is too broad: one waiver is for one {key}, by its name"
        elif name not in known:
            yield f"{where}: {key}: there is no {key} {name!r}{did_you_mean(name, known)}"
    if "expires" in entry:
        date = _date(entry["expires"])
        if date is None:
            yield f"{where}: expires: {entry['expires']!r} must be a date, YYYY-MM-DD (UTC)"
        elif (date - today).days > LONGEST_DAYS:
            yield f"{where}: expires: {date.isoformat()} is too far away: at most {LONGEST_DAYS} days, then decide anew"


def _date(value):
    if isinstance(value, datetime.datetime):
        return None
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, str) and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", value):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            return None
    return None
