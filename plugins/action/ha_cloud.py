# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the preferences of Home Assistant's cloud on the controller; one visit declares what differs."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import mended
from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa import plan
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import (
    LOGIN,
    HomeAssistantAction,
    plain,
)

OPTIONS = {
    "remote": {"type": "bool", "default": False},
    "remote_from_outside": {"type": "bool", "default": False},
    "alexa": {"type": "bool"},
    "google": {"type": "bool"},
    "exposed": {"type": "list", "elements": "str", "default": []},
    "cloudhooks": {"type": "list", "elements": "str", "default": []},
    "delete_cloudhooks": {"type": "bool", "default": False},
}


class ActionModule(HomeAssistantAction):
    """The action hearthwall.home.ha_cloud."""

    _VALID_ARGS = frozenset({*OPTIONS, *LOGIN})

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec({**OPTIONS, **LOGIN})
        wanted = plain({name: options[name] for name in OPTIONS})
        snapshot = self.snapshot(task_vars)
        cloud, unknown = snapshot.get("cloud"), snapshot.get("unknown", {})
        order = plan.Plan(wanted, cloud)
        found = plan.verdicts(wanted, cloud, unknown)
        if not order:
            return self.answer(task_vars, found)
        diff = order.diff(cloud)
        if self._task.check_mode:
            return self.answer(task_vars, found, changed=True, diff=diff)
        self.require_login(task_vars)
        ha = snapshot["home_assistant"]
        result = self.visit(
            "ha_cloud_visit",
            {
                **order.orders(),
                "credentials": self.as_text(self.credentials(task_vars, self.home_vault(task_vars))),
                "base_url": self.base_url(ha, task_vars),
                "config_dir": ha["config_dir"],
            },
            task_vars,
        )
        fresh = {**snapshot, "cloud": result["cloud"]}
        spoken = mended(found, plan.verdicts(wanted, result["cloud"], result["unknown"]))
        return self.answer(task_vars, spoken, snapshot=fresh, changed=True, diff=diff)
