# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say whether alerts have arrived in Home Assistant, and take those of a drill away again."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import HomeAssistantAction, plain


class ActionModule(HomeAssistantAction):
    """The action hearthwall.home.alert_arrival."""

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        expected = plain(self._task.args.get("expected") or [])
        if self._task.check_mode:
            return self.answer(task_vars, skipped=True, msg="only a real drill can arrive")
        ha = self.snapshot(task_vars).get("home_assistant")
        if not ha or not ha.get("config_dir"):
            self.refuse("No Home Assistant was found on this host.", "Set hearthwall_ha_config_dir.")
        self.require_login(task_vars)
        result = self.visit(
            "ha_notifications",
            {
                "dismiss": expected,
                "config_dir": ha["config_dir"],
                "credentials": self.as_text(self.credentials(task_vars, self.home_vault(task_vars))),
                "base_url": self.base_url(ha, task_vars),
            },
            task_vars,
        )
        found = {each["id"]: each for each in result["notifications"]}
        missing = [each for each in expected if each not in found]
        answer = {"arrived": [found[each] for each in expected if each in found], "missing": missing}
        if missing:
            answer.update(failed=True, msg=f"Home Assistant shows no notification {', '.join(missing)}.")
        return self.answer(task_vars, **answer)
