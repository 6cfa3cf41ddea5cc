# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What HACS, and from release 2026.11 on the marketplace, have written down about what they installed."""

from __future__ import annotations

import datetime
import json
import os

STORES = ("marketplace", "hacs")
ISSUES = ("repairs.issue_registry", "removed_")


class Unreadable(Exception):
    """A file of theirs is there but cannot be read."""


def _stored(config_dir, key):
    path = os.path.join(config_dir, ".storage", key)
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file).get("data")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError) as error:
        raise Unreadable(f".storage/{key} cannot be read: {error}") from error


def _first(config_dir, name):
    """Return what the newer of the two has written; it takes the other's over when it is set up."""
    found = (_stored(config_dir, f"{store}.{name}") for store in STORES)
    return next((data for data in found if data), None)


def _day(value):
    """Return the day of a time as it is written down: a number of seconds, or a text."""
    try:
        if isinstance(value, (int, float)):
            moment = datetime.datetime.fromtimestamp(value, datetime.timezone.utc) if value else None
        else:
            moment = datetime.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except (ValueError, OverflowError, OSError):
        return None
    return moment.date().isoformat() if moment else None


def records(config_dir):
    """Return the repositories they know that are installed, each with what was noted about it."""
    repositories = _first(config_dir, "repositories") or {}
    archived = set((_first(config_dir, "common") or {}).get("archived_repositories") or [])
    critical = {entry["repository"]: entry.get("reason") for entry in _first(config_dir, "critical") or []}
    registry = (_stored(config_dir, ISSUES[0]) or {}).get("issues") or []
    removed = {
        issue["issue_id"][len(ISSUES[1]) :]
        for issue in registry
        if issue.get("domain") in STORES and str(issue.get("issue_id")).startswith(ISSUES[1])
    }
    found = []
    for identity, data in repositories.items():
        name = data.get("full_name") or ""
        if not data.get("installed") and not data.get("version_installed"):
            continue
        found.append(
            {
                "repository": name,
                "source": f"https://github.com/{name}",
                "category": data.get("category"),
                "domain": data.get("domain"),
                "directory": data.get("directory") or name.rsplit("/", 1)[-1],
                "version": data.get("version_installed"),
                "archived": bool(data.get("archived")) or name in archived,
                "updated": _day(data.get("last_updated")),
                "critical": critical.get(name),
                "removed": str(identity) in removed,
            }
        )
    return found


def record_of(found, kind, name):
    """Return what is known about one item, or None."""
    for record in found:
        if kind == "integrations" and record["category"] == "integration" and record["domain"] == name:
            return record
        if kind == "frontend" and record["category"] == "plugin" and f"community/{record['directory']}" == name:
            return record
    return None
