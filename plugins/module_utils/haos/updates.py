# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What could be updated on a Home Assistant OS, in the shape in which updates are judged everywhere. Pure."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.updates.look import entity

NOTES = {
    "os": "https://github.com/home-assistant/operating-system/releases/tag/{}",
    "supervisor": "https://github.com/home-assistant/supervisor/releases/tag/{}",
}
FAILED = ("update_failed", "update_rollback")
NAMES = {"core": "homeassistant", "os": "haos", "supervisor": "supervisor"}


def pending(supervisor, observed):
    """Return the pending updates: the Supervisor's own list, and what update entities tell beside it."""
    found = []
    for kind, name in NAMES.items():
        about = supervisor.get(kind) or {}
        if about.get("update_available") and about.get("version_latest"):
            found.append(_update(kind, name, about["version"], about["version_latest"]))
    for app in supervisor.get("apps") or []:
        if app.get("update_available"):
            update = _update("app", app["name"], app["version"], app["version_latest"])
            found.append({**update, "slug": app["slug"], "url": app.get("url")})
    told = {(update["name"], str(update["latest"])) for update in found}
    for update in (entity(state) for state in (observed or {}).get("updates") or []):
        if update and update["kind"] == "integration" and (update["name"], str(update["latest"])) not in told:
            found.append(update)
    return found


def _update(kind, name, installed, latest):
    url = NOTES[kind].format(latest) if kind in NOTES else None
    if kind == "core":
        year, month = str(latest).split(".")[:2]
        url = f"https://www.home-assistant.io/changelogs/core-{year}.{month}"
    return {"kind": kind, "name": name, "installed": installed, "latest": latest, "url": url, "security": False}


def _failed(issue):
    """Return an update that the Supervisor calls failed, in the shape of one that was cut short."""
    what = issue.get("reference") or issue.get("context")
    return {"id": issue["uuid"], "phase": issue["type"], "from": what, "to": "the next release"}


def part(supervisor, observed, now, seen):
    """Return the part ``updates`` of the snapshot; what Home Assistant says of itself was asked just now."""
    asked = None
    if observed is not None:
        asked = {"when": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "updates": []}
        asked.update(version=observed["version"], issues=observed["issues"])
    return {
        "supervisor": supervisor["supervisor"].get("version"),
        "pending": pending(supervisor, observed),
        "releases": [],
        "lists_age_hours": None,
        "reboot_required": any(issue["type"] == "reboot_required" for issue in supervisor.get("issues") or []),
        "unattended": None,
        "asked": asked,
        "seen": seen,
        "unfinished": [_failed(issue) for issue in supervisor.get("issues") or [] if issue["type"] in FAILED],
    }
