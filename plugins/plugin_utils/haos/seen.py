# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Since when a pending update is known: kept beside the home's reports, as Home Assistant OS has no place for it."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

from ansible_collections.hearthwall.home.plugins.module_utils.updates.state import identity
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import home_of, read
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import home_directory, replace_file

FOLDER = "haos"


class Seen:
    """The file of one host: {kind/name@version: the day on which it was first seen}."""

    def __init__(self, task_vars):
        host, hostvars = task_vars["inventory_hostname"], task_vars["hostvars"]
        reports = read(hostvars, host, "hearthwall_reports_dir") or os.environ.get("HEARTHWALL_REPORTS_DIR", "reports")
        home = home_directory(Path(str(reports)).expanduser(), home_of(hostvars, host) or "home")
        self._path = Path(home) / FOLDER / f"{host}.json"

    def days(self):
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def note(self, updates):
        """Write down what is pending now, each with its first day; return it."""
        known, today = self.days(), datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        fresh = {identity(update): known.get(identity(update), today) for update in updates}
        if fresh != known:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(self._path, json.dumps(fresh, indent=1, sort_keys=True) + "\n")
        return fresh
