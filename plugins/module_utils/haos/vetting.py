# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Custom integrations of a Home Assistant OS against the approved list: by name and version, no file is shown. Pure."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.vetting.judge import EXPECTED


def verdicts(ha, approved, unknown):
    """Return the verdicts about what the API tells of custom integrations."""
    found = {"HW-VET-01": [], "HW-VET-03": [], "HW-VET-04": []}
    why = unknown.get("home_assistant.custom_components")
    if why:
        return [verdict(control, "unknown", EXPECTED[control], why) for control in found]
    listed = approved.get("integrations") or {}
    for each in ha["custom_components"]:
        name, version = each["domain"], str(each["version"])
        entry = listed.get(name)
        if entry is None:
            found["HW-VET-01"].append(f"{name} {version} is not listed")
        elif str(entry.get("version")) != version:
            found["HW-VET-03"].append(f"{name} is {version}, approved is {entry.get('version')}")
        if each["shadows"]:
            found["HW-VET-04"].append(f"{name} takes the place of a core integration")
    passing = f"{len(ha['custom_components'])} custom integrations, by name and version"
    return [
        verdict(control, "fail" if wrong else "pass", EXPECTED[control], "; ".join(wrong) or passing, "manifest/list")
        for control, wrong in found.items()
    ]
