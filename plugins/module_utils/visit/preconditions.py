# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to hold before a visit touches anything, and what has changed since it was planned."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.host import place
from ansible_collections.hearthwall.home.plugins.module_utils.visit import desired as wishes
from ansible_collections.hearthwall.home.plugins.module_utils.visit import plan
from ansible_collections.hearthwall.home.plugins.module_utils.visit.errors import VisitError

# What may stand where a file, a link or a directory should be.
REPLACEABLE = {
    "file": ("absent", "file", "link"),
    "link": ("absent", "file", "link"),
    "directory": ("absent", "directory"),
}


def refuse(desired, found, differences):
    """Raise where a desired state cannot be brought about from what was found; nothing has been changed yet."""
    missing = [item["name"] for item in differences if item["kind"] == "package"]
    if missing:
        raise VisitError(f"These packages are not installed: {', '.join(missing)}.", "Nothing was changed.")
    reasons = plan.unknown(desired, found)
    if reasons:
        told = "; ".join(reason for control in sorted(reasons) for reason in reasons[control])
        raise VisitError(f"What stands on the host could not be determined: {told}.", "Nothing was changed.")
    for item in differences:
        kind = (item["before"] or {}).get("type")
        if item["kind"] in ("file", "link", "directory") and kind not in REPLACEABLE[item["kind"]]:
            raise VisitError(
                f"{item['name']} is a {kind}, where a {item['kind']} should be.",
                "Nothing was changed. Move it away by hand if nothing needs it.",
            )
    for item in desired["files"] + desired["directories"]:
        place.user_id(item["owner"])
        place.group_id(item["group"])


def stale(desired, found, expected):
    """Return what changed since the snapshot from which the controller planned."""
    told = []
    for path, state in found["paths"].items():
        before = (expected.get("paths") or {}).get(path)
        if before is not None and _essence(before) != _essence(state):
            told.append(path)
    # The service manager names what it was asked about by its other names too.
    asked = {name: state for name, state in (found["services"] or {}).items() if name in wishes.units(desired)}
    for name, state in asked.items():
        before = (expected.get("services") or {}).get(name, plan.MISSING)
        if any(before.get(key) != state[key] for key in ("active", "enabled")):
            told.append(name)
    return told


def _essence(state):
    """What a state says about a path, comparable between two looks: salted fingerprints are not."""
    return {key: state.get(key) for key in ("type", "mode", "owner", "group", "sha256", "target")}
