# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue: every control there is, as the roles declare them in meta/controls.yml. Strict, and pure."""

from __future__ import annotations

import re

from ansible_collections.hearthwall.home.plugins.module_utils.controls.checklist import ROWS
from ansible_collections.hearthwall.home.plugins.module_utils.controls.entries import did_you_mean, entries
from ansible_collections.hearthwall.home.plugins.module_utils.controls.profiles import PROFILES, profile_of
from ansible_collections.hearthwall.home.plugins.module_utils.controls.severity import SEVERITIES

GROUPS = ("home_assistant", "router", "edge", "backup_store", "wireguard", "cloudflare_tunnel", "tailscale", "haos")
# A host with Home Assistant OS answers for everything that one with Home Assistant on Linux answers for.
IMPLIED = {"haos": "home_assistant"}
TEXTS = ("title", "why", "remedy", "determined_by", "shown_by")
# `haos`: why a control does not apply to Home Assistant OS; `haos_by`: how it is determined there, where that differs.
ON_HAOS = ("haos", "haos_by")
FIELDS = ("id", "severity", "row", "applies_to", "profile", "references", *TEXTS)
OPTIONAL = ("references", "profile")
IDENTIFIER = re.compile(r"HW(-[A-Z][A-Z0-9]*)+-[0-9]{2}\Z")


class CatalogueError(ValueError):
    """The catalogue cannot be used; ``problems`` names every file and key that is wrong."""

    def __init__(self, problems):
        super().__init__("The catalogue of controls is not usable:\n" + "\n".join(f"  {each}" for each in problems))
        self.problems = list(problems)


def answering(groups):
    """Return the groups whose controls a member of some groups answers for."""
    known = set(groups)
    return known | {IMPLIED[group] for group in known & set(IMPLIED)}


def build_catalogue(documents):
    """Return {control id: control} from [(role, file name, parsed document)]; raise with every problem at once."""
    catalogue, origin, problems = {}, {}, []
    for role, source, document in documents:
        for where, entry in entries(source, document, "controls", "id", problems):
            wrong = list(_entry_problems(where, entry))
            problems.extend(wrong)
            if wrong:
                continue
            control = entry["id"]
            if control in catalogue:
                problems.append(f"{where}: id: {control} is already declared in {origin[control]}")
                continue
            origin[control] = source
            catalogue[control] = {"role": role, "references": [], "profile": profile_of(entry["severity"]), **entry}
    if problems:
        raise CatalogueError(problems)
    return catalogue


def _entry_problems(where, entry):
    known = (*FIELDS, *ON_HAOS)
    for key in entry:
        if key not in known:
            yield f"{where}: {key}: unknown key{did_you_mean(key, known)}"
    for key in FIELDS:
        if key not in entry and key not in OPTIONAL:
            yield f"{where}: {key}: missing"
    for key in (*TEXTS, *ON_HAOS):
        if key in entry and not (isinstance(entry[key], str) and entry[key].strip()):
            yield f"{where}: {key}: must be a text"
    if "id" in entry and not (isinstance(entry["id"], str) and IDENTIFIER.match(entry["id"])):
        yield f"{where}: id: {entry['id']!r} must look like HW-AREA-01"
    if "row" in entry and entry["row"] not in tuple(ROWS):
        yield f"{where}: row: {entry['row']!r} must be one of {', '.join(ROWS)} (quoted)"
    for key, allowed in (("severity", SEVERITIES), ("applies_to", GROUPS), ("profile", PROFILES)):
        if key in entry and entry[key] not in allowed:
            yield f"{where}: {key}: {entry[key]!r} must be one of {', '.join(allowed)}"
    references = entry.get("references", [])
    if not (isinstance(references, list) and all(isinstance(each, str) for each in references)):
        yield f"{where}: references: must be a list of texts"
