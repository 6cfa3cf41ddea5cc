# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Says what a front door's behaviour means for its controls; connects only where the snapshot does not tell."""

from __future__ import annotations

from datetime import datetime, timezone

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import mended
from ansible_collections.hearthwall.home.plugins.module_utils.tls.front_door import asked
from ansible_collections.hearthwall.home.plugins.module_utils.tls.judge import judge
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

PART = "front_door"


class ActionModule(VisitAction):
    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, declared = self.validate_argument_spec(
            {
                "names": {"type": "list", "elements": "str", "required": True},
                "https_port": {"type": "int", "default": 443},
                "http_port": {"type": "int", "default": 80},
                "profile": {"type": "str", "default": "intermediate"},
                "source": {"type": "str", "default": "acme"},
                "certificate": {"type": "path", "required": True},
                "key": {"type": "path", "required": True},
                "directory_url": {"type": "str", "default": ""},
                "min_days": {"type": "int", "default": 10},
                "hsts_max_age": {"type": "int", "default": 63072000},
                "client_certificates": {"type": "str", "default": "none"},
                "addresses": {"type": "bool", "default": False},
                "look_again": {"type": "bool", "default": False},
            }
        )
        snapshot = self.snapshot(task_vars)
        before = self._seen(snapshot, declared)
        now = datetime.now(timezone.utc)
        if before is not None and not declared["look_again"]:
            return self.answer(task_vars, judge(*before, declared, now), front_door=before[0], unknown=before[1])
        found = self.visit("front_door", declared, task_vars)
        after = found["front_door"], found["unknown"]
        verdicts = judge(*after, declared, now)
        if before is not None:
            verdicts = mended(judge(*before, declared, now), verdicts)
        return self.answer(
            task_vars,
            verdicts,
            snapshot=dict(snapshot, **{PART: after[0]}),
            front_door=after[0],
            unknown=after[1],
        )

    @staticmethod
    def _seen(snapshot, declared):
        """Return (front door, unknown) of the snapshot; None where it has not looked at this one."""
        door = snapshot.get(PART)
        if not door or door["asked"] != asked({**declared, "name": declared["names"][0]}):
            return None
        told = snapshot.get("unknown") or {}
        prefix = f"{PART}."
        return door, {key[len(prefix) :]: text for key, text in told.items() if key.startswith(prefix)}
