# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plan Home Assistant's HTTP settings on the controller; one visit tries, verifies and promotes what differs."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.ha import http_plan, http_settings
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import HomeAssistantAction, plain


class ActionModule(HomeAssistantAction):
    """The action hearthwall.home.ha_http."""

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        settings = plain(self._task.args.get("settings") or {})
        for key in settings:
            if key not in http_settings.KEYS:
                self.refuse(f"{key} is no HTTP setting of Home Assistant.", f"Use {', '.join(http_settings.KEYS)}.")
        snapshot = self.snapshot(task_vars)
        ha = snapshot.get("home_assistant")
        unknown = snapshot.get("unknown", {})
        if ha is None or ha.get("http") is None:
            return self.answer(task_vars, http_plan.verdicts(settings, ha, unknown), differing=[])
        plan = http_plan.HttpPlan(settings, ha)
        target = http_settings.effective(http_settings.merge(ha["http"]["stable"], settings))
        self._refuse_halves(target)
        present = http_settings.effective(ha["http"]["stable"])
        diff = {"before": http_plan.shown(present), "after": http_plan.shown(target)}
        diff.update(before_header="Home Assistant's HTTP settings", after_header="Home Assistant's HTTP settings")
        differing = sorted(plan.differing)
        if self._task.check_mode or not plan:
            found = http_plan.verdicts(settings, ha, unknown)
            return self.answer(task_vars, found, changed=bool(plan), diff=diff, differing=differing)
        self.require_login(task_vars)
        vault = self.home_vault(task_vars)
        result = self.visit(
            "ha_http_visit",
            {
                "store": ha["http"]["store"],
                "settings": settings if plan.reconfigures else {},
                "reconfigure": plan.reconfigures,
                "unban": plan.unban,
                "targets": plain(self._task.args.get("verify_urls") or []),
                "credentials": self.as_text(self.credentials(task_vars, vault)),
                "base_url": self.base_url(ha, task_vars),
                "look": self.look_parameters(ha, password_budget=0),
            },
            task_vars,
        )
        fresh = self.with_look(snapshot, result)
        spoken = http_plan.verdicts(settings, fresh["home_assistant"], fresh["unknown"], plan.mended())
        return self.answer(task_vars, spoken, snapshot=fresh, changed=True, diff=diff, differing=differing)

    def _refuse_halves(self, target):
        if target["use_x_forwarded_for"] and not target["trusted_proxies"]:
            self.refuse(
                "use_x_forwarded_for without trusted_proxies makes Home Assistant refuse every forwarded request.",
                "Name the proxy's address in trusted_proxies.",
            )
