# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold the code inside Home Assistant against the approved list; visit where something is to review, keep or move."""

from __future__ import annotations

import datetime
import os

from ansible_collections.hearthwall.home.plugins.module_utils.haos import vetting as haos
from ansible_collections.hearthwall.home.plugins.module_utils.vetting import proposal
from ansible_collections.hearthwall.home.plugins.module_utils.vetting.judge import REASONS, Judgement, undetermined
from ansible_collections.hearthwall.home.plugins.module_utils.vetting.plan import VettingPlan
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import (
    LOGIN,
    HomeAssistantAction,
    plain,
)
from ansible_collections.hearthwall.home.plugins.plugin_utils.vetting.proposal_file import write

OPTIONS = {
    "approved": {"type": "dict", "default": {}},
    "unmaintained_months": {"type": "int", "default": 24},
    "quarantine": {"type": "list", "elements": "str", "choices": list(REASONS), "default": []},
    "restore": {"type": "list", "elements": "str", "default": []},
    "propose": {"type": "path"},
    **LOGIN,
}


class ActionModule(HomeAssistantAction):
    """The action hearthwall.home.vetting."""

    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        _spec, options = self.validate_argument_spec(OPTIONS)
        self.approved = plain(options["approved"])
        self.months = options["unmaintained_months"]
        self.today = datetime.datetime.now(datetime.timezone.utc).date()
        snapshot = self.snapshot(task_vars)
        value, unknown = snapshot.get("vetting"), snapshot.get("unknown", {})
        if snapshot.get("platform") == "haos":
            return self.answer(
                task_vars, haos.verdicts(snapshot["home_assistant"], self.approved, unknown), proposed={}
            )
        if value is None:
            return self.answer(task_vars, undetermined(unknown), proposed={})
        if options["restore"]:
            return self._restore(task_vars, snapshot, options["restore"])
        plan = VettingPlan(value, self.approved, self.today, self.months, options["quarantine"])
        checking = self._task.check_mode
        result, reviews = {}, []
        if plan.review or (plan and not checking):
            order = {"review": plan.review}
            if not checking:
                order.update(keep=plan.keep, aside=plan.aside)
            result = self._visit(task_vars, snapshot, order)
            reviews = result["reviews"]
        fresh = self._with(snapshot, result)
        open_before = {each["id"] for each in self._judge(snapshot, reviews) if each["status"] == "fail"}
        judged = self._judge(fresh, reviews, open_before if result.get("moved") else ())
        proposed = proposal.entries(fresh["vetting"]["items"], self.approved, self.today)
        if options["propose"] and proposed:
            write(options["propose"], proposed, reviews)
        return self.answer(
            task_vars,
            judged,
            snapshot=fresh if result else None,
            changed=bool(plan),
            diff=_diff(reviews, plan),
            reviews=reviews,
            moved=result.get("moved", []),
            quarantined=fresh["vetting"]["quarantined"],
            proposed=proposed,
        )

    def _judge(self, snapshot, reviews, mended=()):
        judgement = Judgement(
            snapshot["vetting"], self.approved, self.today, self.months, snapshot.get("unknown", {}), reviews, mended
        )
        return judgement.verdicts()

    def _visit(self, task_vars, snapshot, order):
        ha = snapshot["home_assistant"]
        order = {**order, "config_dir": ha["config_dir"], "unit": ha["unit"]}
        if order.get("aside") or order.get("back"):
            self.require_login(task_vars)
            vault = self.home_vault(task_vars)
            order["credentials"] = self.as_text(self.credentials(task_vars, vault))
            order["base_url"] = self.base_url(ha, task_vars)
        return self.visit("vetting_visit", order, task_vars)

    def _restore(self, task_vars, snapshot, names):
        held = snapshot["vetting"]["quarantined"]
        wanted = [record["id"] for record in held if {record["id"], record["name"]} & set(names)]
        known = {name for record in held for name in (record["id"], record["name"])}
        for name in names:
            if name not in known:
                self.refuse(f"There is no {name} in quarantine.", f"There is: {', '.join(sorted(known)) or 'nothing'}.")
        if self._task.check_mode:
            return self.answer(task_vars, changed=True, returned=wanted)
        result = self._visit(task_vars, snapshot, {"back": wanted})
        fresh = self._with(snapshot, result)
        return self.answer(task_vars, snapshot=fresh, changed=True, returned=result["returned"])

    @staticmethod
    def _with(snapshot, result):
        """Return the snapshot with what a visit saw afterwards."""
        if result.get("vetting") is None:
            return snapshot
        unknown = {key: why for key, why in snapshot.get("unknown", {}).items() if not key.startswith("vetting")}
        return {**snapshot, "vetting": result["vetting"], "unknown": {**unknown, **result["unknown"]}}


def _diff(reviews, plan):
    """Return what --diff shows: the changes to review, and what goes into quarantine."""
    told = [f"{review['name']}:\n{review['diff']}" for review in reviews if review["diff"]]
    told += [f"{each['item']['path']} goes into quarantine ({', '.join(each['reasons'])})\n" for each in plan.aside]
    told += [f"a copy of the approved {os.path.basename(item['path'])} is kept on the host\n" for item in plan.keep]
    return {"prepared": "".join(told)}
