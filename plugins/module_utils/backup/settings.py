# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Home Assistant's own backup settings: as stored, as declared, what differs, and what to ask for. Pure."""

from __future__ import annotations

STORAGE = "backup"
# What a fresh instance has: nothing automatic, nothing encrypted.
NONE = {
    "recurrence": "never",
    "days": [],
    "time": None,
    "database": True,
    "folders": [],
    "copies": None,
    "keep_days": None,
    "agents": [],
    "unprotected": [],
    "password": None,
}


def stored(data):
    """Return the settings that a .storage/backup holds, the password among them, in one flat mapping."""
    config = (data or {}).get("config")
    if not config:
        return dict(NONE)
    create, schedule, retention = config["create_backup"], config["schedule"], config["retention"]
    agents = config.get("agents") or {}
    time = schedule.get("time")
    return {
        "recurrence": schedule.get("recurrence") or "never",
        "days": sorted(schedule.get("days") or []),
        "time": time[:5] if time else None,
        "database": bool(create["include_database"]),
        "folders": sorted(create.get("include_folders") or []),
        "copies": retention.get("copies"),
        "keep_days": retention.get("days"),
        "agents": sorted(create.get("agent_ids") or []),
        "unprotected": sorted(name for name, about in agents.items() if not about.get("protected", True)),
        "password": create.get("password"),
    }


def differing(present, wanted):
    """Return the names of what is not as declared. More agents than declared are the owner's own affair."""
    found = [key for key in ("recurrence", "days", "time", "database", "copies", "keep_days") if key in wanted]
    found = [key for key in found if present[key] != wanted[key]]
    if set(wanted["folders"]) - set(present["folders"]):
        found.append("folders")
    if not present["agents"] or set(wanted["agents"]) - set(present["agents"]):
        found.append("agents")
    if present["unprotected"]:
        found.append("unprotected")
    return found


def command(present, wanted, password):
    """Return the arguments of backup/config/update that bring the wanted settings about."""
    agents = sorted({*present["agents"], *wanted["agents"]})
    create = {
        "agent_ids": agents,
        "include_database": wanted["database"],
        "include_folders": sorted({*present["folders"], *wanted["folders"]}) or None,
        "password": password,
    }
    order = {
        "automatic_backups_configured": True,
        "create_backup": create,
        # These two are replaced whole by Home Assistant.
        "retention": {"copies": wanted["copies"], "days": wanted["keep_days"]},
        "schedule": {"recurrence": wanted["recurrence"], "days": wanted["days"], "time": f"{wanted['time']}:00"},
    }
    if present["unprotected"]:
        order["agents"] = {name: {"protected": True} for name in present["unprotected"]}
    return order
