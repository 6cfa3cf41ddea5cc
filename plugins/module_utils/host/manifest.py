# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The list of what Hearthwall manages on a host. It names things; it is never believed about their state."""

from __future__ import annotations

import json
import os

from ansible_collections.hearthwall.home.plugins.module_utils.host import place

SCHEMA = "hearthwall.manifest/1"
HOME = "/var/lib/hearthwall"
NAME = "manifest.json"


def empty():
    """Return a manifest that lists nothing."""
    return {"schema": SCHEMA, "paths": {}, "units": {}}


def read(home=HOME):
    """Return the host's manifest; a damaged one counts as empty, for it only saves looks."""
    try:
        with open(os.path.join(home, NAME), encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return empty()
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        return empty()
    return {
        "schema": SCHEMA,
        "paths": {path: about for path, about in _dict(found.get("paths")).items() if _normal(path)},
        "units": _dict(found.get("units")),
    }


def _dict(value):
    return value if isinstance(value, dict) else {}


def _normal(path):
    return os.path.isabs(path) and os.path.normpath(path) == path and path != "/"


def add(paths, units, home=HOME):
    """Add {path: {"role", "control", "secret"}} and {unit: {"role"}}; say whether that was news."""
    known = read(home)
    wanted = {
        "schema": SCHEMA,
        "paths": dict(known["paths"], **paths),
        "units": dict(known["units"], **units),
    }
    if wanted == known:
        return False
    place.put_directory(home, 0o700, os.geteuid(), os.getegid())
    text = json.dumps(wanted, indent=1, sort_keys=True) + "\n"
    place.put_file(os.path.join(home, NAME), text.encode(), 0o600, os.geteuid(), os.getegid())
    return True
