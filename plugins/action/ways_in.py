# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans on the controller which ways in have to go, closes them in one guarded visit, and speaks of each control."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import mended, verdict
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import plan
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.declared import told
from ansible_collections.hearthwall.home.plugins.plugin_utils.bundle.confirm import Confirmation, ConfirmError
from ansible_collections.hearthwall.home.plugins.plugin_utils.exposure.home import Home
from ansible_collections.hearthwall.home.plugins.plugin_utils.exposure.options import APPLIED, COMMON, ROLE, ROUTER
from ansible_collections.hearthwall.home.plugins.plugin_utils.snapshot_fact import stands, with_snapshot
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

TABLE_FILE = "/etc/hearthwall/firewall.d/router.nft"
OPTIONS = {**COMMON, **ROUTER, **APPLIED}


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(OPTIONS)
        snapshot = self.snapshot(task_vars)
        if snapshot.get("ways_in") is None or options["look_again"]:
            snapshot = self._seen(snapshot, self.visit("ways_in", {"task": "see"}, task_vars))
        task_vars = with_snapshot(task_vars, snapshot)
        wish = Home(task_vars, options).wish()
        before = self._plan(wish, snapshot)
        table = plan.router_table(wish, snapshot["ways_in"])
        stale = self._own_table(snapshot, table)
        if not before.differs and not stale:
            return self.answer(task_vars, before.verdicts, snapshot=snapshot, closed=[], left=[])
        if self._task.check_mode:
            return self._foreseen(before, bool(stale) and stands(snapshot, TABLE_FILE), snapshot, task_vars)
        if before.sight.missing and before.gone:
            self.refuse(
                f"What leads in from the internet cannot be told: {'; '.join(before.sight.missing)} is not known.",
                "Declare it, then run again.",
            )
        return self._closed(wish, before, stale, snapshot, options, task_vars)

    @staticmethod
    def _plan(wish, snapshot):
        document = plan.legible(snapshot)
        return plan.plan(wish, snapshot["ways_in"], document, snapshot.get("unknown") or {})

    @staticmethod
    def _seen(snapshot, found):
        """Return the snapshot with what the module has seen."""
        unknown = {key: text for key, text in (snapshot.get("unknown") or {}).items() if not key.startswith("ways_in")}
        return dict(
            snapshot,
            ways_in=found["ways_in"],
            firewall={"ruleset": found["ruleset"], "error": found["unknown"].get("ways_in.forwards")},
            unknown={**unknown, **found["unknown"]},
        )

    @staticmethod
    def _own_table(snapshot, table):
        """Return how the router's own table deviates although its file is as it should be."""
        document = (snapshot.get("firewall") or {}).get("ruleset")
        return plan.table_deviations(document, table) if document is not None and not table["missing"] else []

    def _foreseen(self, before, stale, snapshot, task_vars):
        result = {"changed": before.differs or stale, "closed": [told(entry) for entry in before.gone], "left": []}
        if self._task.diff and before.differs:
            found = self.visit("ways_in", {"task": "close", "gone": before.gone, "daemon": before.upnp}, task_vars)
            result.update(changed=found["changed"] or stale, left=found["left"], diff=_diffs(found["texts"]))
        return self.answer(task_vars, before.verdicts, snapshot=snapshot, **result)

    def _closed(self, wish, before, stale, snapshot, options, task_vars):
        changed, closed, left, texts = bool(stale), [], [], {}
        arguments = {"confirm_within": options["confirm_within"]}
        found = None
        try:
            if before.differs:
                arguments.update(task="close", gone=before.gone, daemon=before.upnp)
                found = self._confirmed(arguments, task_vars)
                closed, left, texts = found["closed"], found["left"], found["texts"]
                changed = changed or found["changed"]
            if stale:
                found = self._confirmed({"confirm_within": options["confirm_within"], "task": "reload"}, task_vars)
        except (AnsibleActionFail, ConfirmError) as error:
            return self.not_kept(task_vars, before.verdicts, "closing", error, ROLE, closed=[], left=[])
        snapshot = self._seen(snapshot, found)
        after = self._plan(wish, snapshot)
        verdicts = mended(before.verdicts, [*after.verdicts, *_left(left)])
        result = {"changed": changed, "closed": closed, "left": left}
        if self._task.diff:
            result["diff"] = _diffs(texts)
        if left:
            result["warnings"] = [f"Not closed for good: {text}." for text in left]
        return self.answer(task_vars, verdicts, snapshot=snapshot, **result)

    def _confirmed(self, arguments, task_vars):
        found = self.visit("ways_in", arguments, task_vars)
        if found.get("guard"):
            Confirmation(self, task_vars).confirm(found["guard"])
        return found


def _left(left):
    """What is closed now but may be there again after the next boot is not closed for good."""
    return [verdict(plan.NO_FORWARD, "unknown", actual=f"closed now, but {text}") for text in left]


def _diffs(texts):
    return [
        {"before": before, "after": after, "before_header": path, "after_header": path}
        for path, (before, after) in texts.items()
    ]
