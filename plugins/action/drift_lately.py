# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say whether the scheduled dry run has looked at the home lately. Makes no connection."""

from __future__ import annotations

import os
from pathlib import Path

from ansible import constants as C
from ansible.plugins.loader import callback_loader
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.drift.lately import DRIFT, STARTED_BY, judge, newest
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import home_of, read
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import home_directory
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

CONTROL = "HW-POST-01"
REPORTS = "hearthwall_reports_dir"


class ActionModule(VisitAction):
    """The action hearthwall.home.drift_lately."""

    _VALID_ARGS = frozenset(("silent_after_hours",))

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        hours = float(self._task.args.get("silent_after_hours") or 36)
        expected = f"a scheduled dry run within {hours:g} h"
        if os.environ.get(STARTED_BY) == DRIFT:
            return self.answer(task_vars, [verdict(CONTROL, "pass", expected, "this run is one")])
        directory, problem = self._directory(task_vars)
        if problem:
            return self.answer(task_vars, [verdict(CONTROL, "unknown", expected, problem)])
        status, actual = judge(newest(directory), hours, directory)
        return self.answer(task_vars, [verdict(CONTROL, status, expected, actual, str(directory))])

    @staticmethod
    def _directory(task_vars):
        """Return (where the home's reports are, why that cannot be told)."""
        hostvars, host = task_vars["hostvars"], task_vars["inventory_hostname"]
        home = home_of(hostvars, host)
        if not home:
            return None, "hearthwall_home is not set"
        reports = read(hostvars, host, REPORTS) or _configured()
        return Path(os.path.abspath(home_directory(reports, home).expanduser())), ""


def _configured():
    """Return where the report writes, as its own option says."""
    report = callback_loader.get("hearthwall.home.report", class_only=True)  # from then on its options are known
    return C.config.get_config_value(REPORTS, plugin_type="callback", plugin_name=report.__module__)
