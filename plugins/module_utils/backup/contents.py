# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a Home Assistant consists of, so that two of them can be compared: people, automations, entities, history."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3

from ansible_collections.hearthwall.home.plugins.module_utils.ha import storage

DATABASE = "home-assistant_v2.db"
# The rows of the last seconds before an archive may still have been on their way into the database.
SETTLING = 30
TABLES = {"states": "last_updated_ts", "events": "time_fired_ts", "statistics": "start_ts"}


def of(config_dir, since=None, until=None):
    """Return {users, automations, entities, history, oldest, changed}; history counts rows of that span alone."""
    history, oldest = rows(os.path.join(config_dir, DATABASE), since, until)
    return {
        "users": sorted(user["name"] or user["id"] for user in storage.auth(config_dir)["users"]),
        "automations": automations(config_dir),
        "entities": entities(config_dir),
        "history": history,
        "oldest": oldest,
        "changed": {part: _changed(os.path.join(config_dir, path)) for part, path in _FILES.items()},
    }


_FILES = {
    "users": ".storage/auth_provider.homeassistant",
    "automations": "automations.yaml",
    "entities": ".storage/core.entity_registry",
}


def _changed(path):
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return None


def automations(config_dir):
    """Return the ids of the automations that the editor keeps."""
    try:
        with open(os.path.join(config_dir, "automations.yaml"), encoding="utf-8") as file:
            return sorted(re.findall(r"^-?\s*id:\s*[\"']?([^\"'\n]+)", file.read(), re.MULTILINE))
    except FileNotFoundError:
        return []


def entities(config_dir):
    """Return the ids of the registered entities."""
    registered = storage.read(config_dir, "core.entity_registry", {"entities": []})
    return sorted(entity["entity_id"] for entity in registered["entities"])


def rows(path, since=None, until=None):
    """Return ({table: rows of a span}, the oldest time of each table); nothing is written, not even a lock."""
    found, oldest = {}, {}
    if not os.path.exists(path):
        return found, oldest
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
        for table, column in TABLES.items():
            # The names are ours, not anybody's input.
            query = f"SELECT count(*) FROM {table} WHERE {column} >= ? AND {column} <= ?"  # noqa: S608
            try:
                earliest = (since or {}).get(table) or 0
                found[table] = database.execute(query, (earliest, until or 1e12)).fetchone()[0]
                oldest[table] = database.execute(f"SELECT min({column}) FROM {table}").fetchone()[0]  # noqa: S608
            except sqlite3.OperationalError:
                continue  # a release with another schema
    return found, oldest


def compared(source, restored, archived):
    """Return (what differs, what was changed at the source since the archive), each as words."""
    differs, changed = [], []
    for part in ("users", "automations", "entities"):
        missing = sorted(set(source[part]) - set(restored[part]))
        extra = sorted(set(restored[part]) - set(source[part]))
        if missing or extra:
            words = f"{part}: {len(missing)} missing ({', '.join(missing[:5])}), {len(extra)} more"
            later = (source["changed"].get(part) or 0) > archived
            (changed if later else differs).append(words)
    for table, count in source["history"].items():
        if restored["history"].get(table) != count:
            differs.append(f"{table}: {restored['history'].get(table)} rows instead of {count}")
    return differs, changed
