# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go on only while no host of the home is missing from the run. Makes no connection."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import home_of
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset()

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        missing = self._missing(task_vars)
        if missing and not self._task.check_mode:
            self.refuse(
                f"{', '.join(missing)} failed or could not be reached in this run, so nothing says that the declared "
                f"ways in stand: nothing more is closed on {task_vars['inventory_hostname']}.",
                f"Mend that and run again; or leave it out on purpose: --limit '{':!'.join(['all', *missing])}'.",
            )
        return self.answer(task_vars, missing=missing)

    @staticmethod
    def _missing(task_vars):
        hostvars, left = task_vars["hostvars"], set(task_vars["ansible_play_hosts"])
        home = home_of(hostvars, task_vars["inventory_hostname"])
        gone = [host for host in task_vars["ansible_play_hosts_all"] if host not in left]
        return [host for host in gone if home_of(hostvars, host) == home]
