# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes a new snapshot of the host and keeps it for the rest of the run."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(
        (
            "looks",
            "paths",
            "secret_paths",
            "units",
            "certificates",
            "texts",
            "manifest",
            "remember",
            "home_assistant",
            "ways_in",
            "backup",
            "budget",
        )
    )

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        taken = self._take_snapshot(task_vars, **self._task.args)
        result = {"changed": bool(taken["recovered"])}
        if taken["recovered"]:
            result["warnings"] = [
                f"An earlier visit was cut short and has been put back: {', '.join(taken['recovered'])}."
            ]
        return self.answer(task_vars, snapshot=taken, **result)
