# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which known advisories apply to a version: a dated table, judged by numbers alone."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.updates import versions

FIELDS = ("id", "component", "fixed", "severity", "title", "source")


class Malformed(Exception):
    """The table is not what it should be; the message says where."""


def checked(table):
    """Return the table if it is well formed."""
    entries = table.get("advisories") if isinstance(table, dict) else None
    if not isinstance(entries, list) or not table.get("as_of"):
        raise Malformed("it needs as_of and the list advisories")
    for entry in entries:
        missing = [field for field in FIELDS if not (entry or {}).get(field)]
        if missing:
            raise Malformed(f"{(entry or {}).get('id', 'an entry')} lacks {', '.join(missing)}")
        if versions.key(entry["fixed"]) is None or not str(entry["source"]).startswith("https://"):
            raise Malformed(f"{entry['id']} needs a version in fixed and an https address in source")
    return table


def applying(table, component, version):
    """Return the advisories that apply to a version of a component."""
    return [
        entry
        for entry in table["advisories"]
        if entry["component"] == component
        and versions.older(version, entry["fixed"])
        and not versions.older(version, entry.get("introduced", "0.0"))
    ]


def fixed_in(advisories):
    """Return the first version that has all the fixes."""
    return max((str(entry["fixed"]) for entry in advisories), key=versions.key)
