# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How Home Assistant is before and after an update, and what of the difference is not acceptable."""

from __future__ import annotations

SEVERE = ("error", "critical")


def observe(socket):
    """Return what Home Assistant says of itself, as plain data."""
    told = socket.call("get_config")
    issues = socket.call("repairs/list_issues")["issues"]
    entries = socket.call("config_entries/get")
    states = socket.call("get_states")
    return {
        "version": told["version"],
        "components": sorted(name for name in told["components"] if "." not in name),
        "entries": {entry["entry_id"]: [entry["domain"], entry["state"]] for entry in entries},
        "entities": len(states),
        "issues": [_issue(issue) for issue in issues],
        "updates": [state for state in states if state["entity_id"].startswith("update.") and state["state"] == "on"],
    }


def _issue(issue):
    kept = ("domain", "issue_id", "severity", "breaks_in_ha_version", "learn_more_url", "ignored", "translation_key")
    return {key: issue.get(key) for key in kept}


def severe(observed):
    """Return the repairs of error level or above that nobody has set aside."""
    return {
        f"{issue['domain']}: {issue['issue_id']}"
        for issue in observed["issues"]
        if issue["severity"] in SEVERE and not issue["ignored"]
    }


def complaints(before, after, may_vanish=(), least_entities=0.9):
    """Return what an update has broken."""
    found = []
    gone = set(before["components"]) - set(after["components"]) - set(may_vanish)
    if gone:
        found.append(f"no longer loaded: {', '.join(sorted(gone))}")
    for identity, (domain, was) in sorted(before["entries"].items()):
        now = after["entries"].get(identity, [domain, "gone"])[1]
        if was == "loaded" and now != "loaded" and domain not in may_vanish:
            found.append(f"the entry of {domain} was loaded and is {now}")
    new = severe(after) - severe(before)
    if new:
        found.append(f"new repairs: {', '.join(sorted(new))}")
    least = int(before["entities"] * least_entities)
    if after["entities"] < least:
        found.append(f"{after['entities']} of {before['entities']} entities are left, at least {least} are asked for")
    return found
