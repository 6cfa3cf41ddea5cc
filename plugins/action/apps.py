# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold the apps of a Home Assistant OS, and its Supervisor, against the home's description; set what is declared."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import mended
from ansible_collections.hearthwall.home.plugins.module_utils.haos import apps, apps_plan, standing
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import (
    LOGIN,
    HomeAssistantAction,
    plain,
)

OPTIONS = {
    "declared": {"type": "dict", "default": {}},
    "accepted": {"type": "dict", "default": {}},
    "repositories": {"type": "list", "elements": "str", "default": []},
    "min_rating": {"type": "int", "default": 4},
    "protect": {"type": "bool", "default": True},
    "channel": {"type": "str", "default": "stable", "choices": ["stable", "beta", "dev"]},
    "look_up_leaks": {"type": "bool", "default": True},
    **LOGIN,
}


class ActionModule(HomeAssistantAction):
    """The action hearthwall.home.apps."""

    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        _spec, self._options = self.validate_argument_spec(OPTIONS)
        declared = {apps_plan.slug_of(name): about or {} for name, about in plain(self._options["declared"]).items()}
        accepted = {apps_plan.slug_of(name): rights for name, rights in plain(self._options["accepted"]).items()}
        self._secret = {slug: about.pop("options") for slug, about in declared.items() if about.get("options")}
        self._wanted = apps.Wanted(declared, accepted, self._options["repositories"], self._options["min_rating"])
        snapshot = self.snapshot(task_vars)
        if snapshot.get("platform") != "haos":
            self.refuse("Only Home Assistant OS has apps.", "Put the host into the group haos, or leave this role out.")
        requests = self._plan(snapshot, task_vars)
        before = self._judge(snapshot, requests)
        result = {"changed": bool(requests), "requests": [request["why"] for request in requests]}
        result["diff"] = {"prepared": "".join(f"{request['why']}\n" for request in requests)}
        if self._task.check_mode or not requests:
            return self.answer(task_vars, before, **result)
        made = self.visit("apps_visit", {"requests": requests, **self._access(snapshot, task_vars)}, task_vars)
        fresh = made["snapshot"]
        left = self._plan(fresh, task_vars)
        return self.answer(task_vars, mended(before, self._judge(fresh, left)), snapshot=fresh, **result)

    def _access(self, snapshot, task_vars):
        held = self.credentials(task_vars, self.home_vault(task_vars))
        return {
            "base_url": self.base_url(snapshot["home_assistant"], task_vars),
            "credentials": self.as_text({**held, "options": self._secret}),
        }

    def _plan(self, snapshot, task_vars):
        supervisor = snapshot["supervisor"]
        if supervisor["apps"] is None:
            return []
        there = {app["slug"]: app for app in supervisor["apps"] if app["known"]}
        differing = {slug: sorted(options) for slug, options in self._secret.items()}
        installed = sorted(set(self._secret) & set(there))
        if installed:
            asked = {"installed": installed, **self._access(snapshot, task_vars)}
            differing = self.visit("app_options", asked, task_vars)["differing"]
        found = []
        for slug, declared in sorted(self._wanted.declared.items()):
            found += apps_plan.for_app(slug, declared, there.get(slug), differing.get(slug, ()))
        if self._options["protect"]:
            found += apps_plan.unprotected(self._wanted, supervisor["apps"])
        return found + apps_plan.for_supervisor(supervisor, self._options["channel"], self._options["look_up_leaks"])

    def _judge(self, snapshot, requests):
        supervisor, unknown = snapshot["supervisor"], snapshot["unknown"]
        differing = [request["why"] for request in requests if request["control"] == "HW-APP-05"]
        spoken = apps.verdicts(self._wanted, supervisor, unknown, differing)
        return spoken + standing.verdicts(supervisor, unknown, self._options["channel"])
