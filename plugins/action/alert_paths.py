# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep the automation that takes alerts in; say whether alerts have a path that does not need Home Assistant."""

from __future__ import annotations

import yaml
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import HomeAssistantAction, plain
from ansible_collections.hearthwall.home.plugins.plugin_utils.yaml_file import automations

OUTSIDE, INSIDE = "HW-ALERT-06", "HW-ALERT-07"
FILE = "automations.yaml"
HIDDEN = "(secret)"


class ActionModule(HomeAssistantAction):
    """The action hearthwall.home.alert_paths."""

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        wanted = plain(self._task.args.get("automation") or {})
        spoken = [self._outside(int(self._task.args.get("apprise") or 0))]
        expected = "Hearthwall's automation hands alerts to Home Assistant's notify services"
        if not wanted:
            spoken.append(verdict(INSIDE, "fail", expected, "monitoring_webhook_id is not set"))
            return self.answer(task_vars, spoken)
        ha = self.snapshot(task_vars).get("home_assistant")
        if ha and ha["install"] == "haos":
            return self._answer(
                task_vars, spoken, expected, ha, "the API", self._told(ha, wanted["id"], task_vars), wanted
            )
        if not ha or not ha.get("config_dir"):
            spoken.append(verdict(INSIDE, "unknown", expected, "no Home Assistant was found on this host"))
            return self.answer(task_vars, spoken)
        path = f"{ha['config_dir']}/{FILE}"
        present, problem = self._present(path, wanted["id"], task_vars)
        if problem:
            spoken.append(verdict(INSIDE, "unknown", expected, problem))
            return self.answer(task_vars, spoken)
        return self._answer(task_vars, spoken, expected, ha, path, present, wanted)

    def _told(self, ha, identifier, task_vars):
        """Return an automation as the API tells it, or None."""
        held = self.as_text(self.credentials(task_vars, self.home_vault(task_vars)))
        asked = {"id": identifier, "base_url": self.base_url(ha, task_vars), "credentials": held}
        return self.visit("automation_as_it_is", asked, task_vars)["automation"]

    def _answer(self, task_vars, spoken, expected, ha, path, present, wanted):
        differs = present != wanted
        diff = self._diff(path, present, wanted) if differs else {}
        if differs and not self._task.check_mode:
            self._write(ha, wanted, task_vars)
        mended = differs and not self._task.check_mode
        actual = (
            "it is as declared" if mended or not differs else "it is missing" if not present else "it is another one"
        )
        status = "fail" if differs and not mended else "pass"
        spoken.append(verdict(INSIDE, status, expected, actual, path, changed=mended))
        return self.answer(task_vars, spoken, changed=differs, diff=diff)

    @staticmethod
    def _outside(targets):
        expected = "at least one target of Apprise"
        if targets:
            return verdict(OUTSIDE, "pass", expected, f"{targets} declared")
        return verdict(OUTSIDE, "fail", expected, "monitoring_apprise is empty")

    def _present(self, path, identifier, task_vars):
        """Return (the automation as it is or None, why that cannot be told)."""
        _snapshot, texts = self.look(task_vars, paths=[path], texts=[path])
        try:
            entries = automations(texts.get(path) or "")
        except yaml.YAMLError as error:
            return None, f"{path} is not valid YAML: {str(error).splitlines()[0]}"
        if entries is None:
            return None, f"{path} cannot be read, is too long or holds no list"
        return next((each for each in entries if each.get("id") == identifier), None), ""

    def _write(self, ha, wanted, task_vars):
        self.require_login(task_vars)
        credentials = self.credentials(task_vars, self.home_vault(task_vars))
        self.visit(
            "ha_automation",
            {
                "automation": self.as_text(wanted),
                "config_dir": ha["config_dir"],
                "credentials": self.as_text(credentials),
                "base_url": self.base_url(ha, task_vars),
            },
            task_vars,
        )

    @staticmethod
    def _diff(path, present, wanted):
        secrets = {each.get("webhook_id") for each in wanted["triggers"]}

        def shown(value):
            text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True) if value else ""
            for secret in filter(None, secrets):
                text = text.replace(secret, HIDDEN)
            return text

        return {"before": shown(present), "after": shown(wanted), "before_header": path, "after_header": path}
