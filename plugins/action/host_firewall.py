# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the rules that run on a host whether they let in what is declared, and loads them anew where they do not."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import mended
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import host
from ansible_collections.hearthwall.home.plugins.plugin_utils.bundle.confirm import Confirmation, ConfirmError
from ansible_collections.hearthwall.home.plugins.plugin_utils.exposure.home import Home
from ansible_collections.hearthwall.home.plugins.plugin_utils.exposure.options import APPLIED, COMMON, HOST, ROLE
from ansible_collections.hearthwall.home.plugins.plugin_utils.snapshot_fact import stands, with_snapshot
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

TABLE_FILE = "/etc/hearthwall/firewall.d/host.nft"
LOOKS = ("firewall", "listeners")
OPTIONS = {**COMMON, **HOST, **APPLIED}


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(OPTIONS)
        snapshot = self.snapshot(task_vars)
        before, wrong = self._judged(snapshot, options, task_vars)
        verdicts = before
        if options["look_again"] or any(snapshot.get(look) is None for look in LOOKS):
            snapshot = self.looked_again(snapshot, LOOKS, task_vars)
            verdicts, wrong = self._judged(snapshot, options, task_vars)
        if not wrong or self._task.check_mode:
            stale = bool(wrong) and stands(snapshot, TABLE_FILE)
            return self.answer(task_vars, mended(before, verdicts), snapshot=snapshot, changed=stale)
        try:
            found = self.visit("ways_in", {"task": "reload", "confirm_within": options["confirm_within"]}, task_vars)
            Confirmation(self, task_vars).confirm(found["guard"])
        except (AnsibleActionFail, ConfirmError) as error:
            return self.not_kept(task_vars, verdicts, "loading", error, ROLE)
        snapshot = self.looked_again(snapshot, LOOKS, task_vars)
        after, _wrong = self._judged(snapshot, options, task_vars)
        return self.answer(task_vars, mended(before, after), snapshot=snapshot, changed=True, loaded_for=wrong[:10])

    @staticmethod
    def _judged(snapshot, options, task_vars):
        """Return (verdicts, how the host's own table deviates)."""
        home = Home(with_snapshot(task_vars, snapshot), options)
        wanted = home.services(snapshot)
        return host.judge(snapshot, wanted, home.ports(home.host), options["host_firewall"])
