# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""List and judge what could be updated; update Home Assistant where that is asked for and the policy allows."""

from __future__ import annotations

import datetime

from ansible.errors import AnsibleActionFail
from ansible_collections.hearthwall.home.plugins.module_utils.haos import update as supervised
from ansible_collections.hearthwall.home.plugins.module_utils.updates import advisories
from ansible_collections.hearthwall.home.plugins.module_utils.updates.judge import (
    Judgement,
    next_release,
    notes,
    undetermined,
)
from ansible_collections.hearthwall.home.plugins.module_utils.updates.rules import Rules
from ansible_collections.hearthwall.home.plugins.plugin_utils.copy_keys import CopyKeys
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import (
    LOGIN,
    HomeAssistantAction,
    plain,
)
from ansible_collections.hearthwall.home.plugins.plugin_utils.yaml_file import read_yaml

OPTIONS = {
    "policy": {"type": "dict", "default": {}},
    "advisories_file": {"type": "path", "required": True},
    "ask_after_hours": {"type": "int", "default": 24},
    "update": {"type": "bool", "default": False},
    "outside_window": {"type": "bool", "default": False},
    "may_vanish": {"type": "list", "elements": "str", "default": []},
    "least_entities_percent": {"type": "int", "default": 90},
    "start_timeout": {"type": "int", "default": 300},
    "settle_seconds": {"type": "int", "default": 60},
    "verify_urls": {"type": "list", "elements": "dict", "default": []},
    "backup_password": {"type": "str", "default": "", "no_log": True},
    **LOGIN,
}
SHOWN = ("kind", "name", "installed", "latest", "security", "url", "first_seen")
# A release after every other one: what is known to break at all.
EVER = "9999.12.0"


class ActionModule(HomeAssistantAction):
    """The action hearthwall.home.updates."""

    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        _spec, self.options = self.validate_argument_spec(OPTIONS)
        self.now = datetime.datetime.now(datetime.timezone.utc)
        self.rules = Rules(plain(self.options["policy"]), self.now.date())
        self.table = self._table(self.options["advisories_file"])
        snapshot = self.snapshot(task_vars)
        if snapshot.get("updates") is None:
            return self.answer(task_vars, undetermined(snapshot.get("unknown", {})), pending=[])
        resumed = None
        by_us = snapshot.get("platform") != "haos"
        if snapshot["updates"]["unfinished"] and by_us and not self._task.check_mode:
            resumed = self._resume(task_vars, snapshot)
            snapshot = self._take_snapshot(task_vars)
        if not self._task.check_mode and self._is_stale(snapshot):
            snapshot = self._ask(task_vars, snapshot)
        if self.options["update"]:
            return self._update(task_vars, snapshot, resumed)
        return self._told(task_vars, snapshot, changed=resumed is not None, resumed=resumed)

    @staticmethod
    def _table(path):
        try:
            return advisories.checked(plain(read_yaml(path)))
        except (OSError, ValueError, advisories.Malformed) as error:
            raise AnsibleActionFail(f"The table of advisories {path} cannot be used: {error}.") from error

    # -- what there is -----------------------------------------------------------------------------------------

    def _judgement(self, snapshot):
        version = (snapshot.get("home_assistant") or {}).get("version")
        return Judgement(snapshot["updates"], version, self.rules, self.table, snapshot.get("unknown", {}), self.now)

    def _told(self, task_vars, snapshot, **more):
        judgement = self._judgement(snapshot)
        if more.get("resumed"):
            more["warnings"] = [f"An update that had been cut short was put back. {more['resumed']}"]
        pending = []
        for update in judgement.updates:
            due, why = self.rules.decide(update)
            pending.append({**{key: update.get(key) for key in SHOWN}, "due": due, "why": why})
        return self.answer(
            task_vars,
            judgement.verdicts(),
            snapshot=snapshot,
            pending=pending,
            breaking=judgement.breaking(EVER),
            **more,
        )

    def _is_stale(self, snapshot):
        asked = snapshot["updates"]["asked"]
        ha = snapshot.get("home_assistant") or {}
        if not ha.get("running") or snapshot.get("platform") == "haos":
            return False  # there every look asks
        if asked is None or asked["version"] != ha["version"] or self.options["update"]:
            return True
        when = datetime.datetime.fromisoformat(asked["when"].replace("Z", "+00:00"))
        return (self.now - when).total_seconds() >= self.options["ask_after_hours"] * 3600

    def _order(self, task_vars, snapshot, **more):
        ha = snapshot["home_assistant"]
        self.require_login(task_vars)
        credentials = self.credentials(task_vars, self.home_vault(task_vars))
        if self.options["backup_password"]:
            credentials["backup_password"] = self.options["backup_password"]
        order = {"base_url": self.base_url(ha, task_vars), "config_dir": ha["config_dir"], "unit": ha["unit"], **more}
        return {"order": order, "credentials": self.as_text(credentials)}

    def _ask(self, task_vars, snapshot):
        known = [
            {key: update[key] for key in ("kind", "name", "latest")} for update in self._judgement(snapshot).updates
        ]
        told = self.visit(
            "updates_visit", {"step": "ask", "pending": known, **self._order(task_vars, snapshot)}, task_vars
        )
        fresh = {**snapshot["updates"], "asked": told["asked"], "seen": told["seen"]}
        return {**snapshot, "updates": fresh}

    def _resume(self, task_vars, snapshot):
        left = snapshot["updates"]["unfinished"][0]
        order = self._order(task_vars, snapshot, id=left["id"])
        return self.visit("updates_visit", {"step": "resume", **order}, task_vars)["standing"]

    # -- the update --------------------------------------------------------------------------------------------

    def _update(self, task_vars, snapshot, resumed):
        judgement = self._judgement(snapshot)
        if snapshot.get("platform") == "haos":
            return self._update_by_supervisor(task_vars, snapshot, judgement)
        chosen, waiting = next_release(judgement.updates, self.rules)
        said = {"waiting": waiting, "resumed": resumed}
        closed = None if self.options["outside_window"] else self.rules.open_window(datetime.datetime.now())
        if chosen is None or closed:
            why = closed or "; ".join(waiting) or "no newer release of Home Assistant lies ready on the host"
            return self._told(task_vars, snapshot, changed=resumed is not None, updated=None, msg=why, **said)
        ha = snapshot["home_assistant"]
        if ha["install"] != "core" or not ha["unit"]:
            self.refuse(
                f"This Home Assistant ({ha['install']}) is not run by a unit of this host.",
                "Update it by its own means, after a backup.",
            )
        if ha["http"] is None:
            self.refuse(
                "The HTTP settings of this Home Assistant were not determined, so they could not be kept.",
                f"{snapshot['unknown'].get('home_assistant.http', '')} (the role accounts installs what reads them).",
            )
        diff = {"before": f"{ha['version']}\n", "after": f"{chosen['latest']}\n"}
        diff.update(before_header="Home Assistant", after_header=f"Home Assistant ({notes(chosen['latest'])})")
        if self._task.check_mode:
            return self._told(task_vars, snapshot, changed=True, updated=None, diff=diff, **said)
        order = self._order(
            task_vars,
            snapshot,
            release=chosen["release"],
            start_timeout=self.options["start_timeout"],
            settle=self.options["settle_seconds"],
            least_entities=self.options["least_entities_percent"] / 100,
            may_vanish=plain(self.options["may_vanish"]),
            http=ha["http"]["stable"],
            targets=plain(self.options["verify_urls"]),
        )
        result = self.visit("updates_visit", {"step": "update", **order}, task_vars)
        fresh = self._ask(task_vars, self._take_snapshot(task_vars))
        return self._told(task_vars, fresh, changed=True, updated=result["updated"], diff=diff, **said)

    def _update_by_supervisor(self, task_vars, snapshot, judgement):
        steps, waiting = supervised.steps(judgement.updates, self.rules)
        closed = None if self.options["outside_window"] else self.rules.open_window(datetime.datetime.now())
        if not steps or closed:
            why = closed or "; ".join(waiting) or "nothing is due"
            return self._told(task_vars, snapshot, updated=None, msg=why, waiting=waiting)
        lines = [f"{step['kind']}/{step['name']}: {{}}\n" for step in steps]
        diff = {
            "before": "".join(line.format(step["installed"]) for line, step in zip(lines, steps)),
            "after": "".join(line.format(step["latest"]) for line, step in zip(lines, steps)),
        }
        if self._task.check_mode:
            return self._told(task_vars, snapshot, changed=True, updated=None, diff=diff, waiting=waiting)
        kept = CopyKeys(self, task_vars).of(task_vars["inventory_hostname"]).get("archive_password")
        credentials = self.credentials(task_vars, self.home_vault(task_vars))
        credentials["backup_password"] = self.options["backup_password"] or kept
        order = {
            "steps": [
                {key: step.get(key) for key in ("kind", "name", "installed", "latest", "slug")} for step in steps
            ],
            "start_timeout": self.options["start_timeout"],
            "settle": self.options["settle_seconds"],
            "least_entities": self.options["least_entities_percent"] / 100,
            "may_vanish": plain(self.options["may_vanish"]),
        }
        arguments = {"order": order, "base_url": self.base_url(snapshot["home_assistant"], task_vars)}
        arguments["credentials"] = self.as_text(credentials)
        updated = self.visit("supervised_update", arguments, task_vars)["updated"]
        fresh = self._take_snapshot(task_vars)
        said = {part: {key: updated[part][key] for key in ("version", "entities")} for part in ("before", "after")}
        said.update(backup=updated["backup"], done=updated["done"])
        return self._told(task_vars, fresh, changed=True, updated=said, diff=diff, waiting=waiting)
