# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a run: a host with open findings at or above the threshold fails. Makes no connection."""

from __future__ import annotations

from datetime import datetime, timezone

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.hearthwall.home.plugins.module_utils.controls.catalogue import CatalogueError
from ansible_collections.hearthwall.home.plugins.module_utils.controls.judgement import open_controls, role_chosen
from ansible_collections.hearthwall.home.plugins.module_utils.controls.profiles import FAIL_ON, split
from ansible_collections.hearthwall.home.plugins.module_utils.controls.severity import SEVERITIES
from ansible_collections.hearthwall.home.plugins.module_utils.controls.waivers import WaiverError
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import (
    home_names,
    home_of,
    profile_of_home,
    read,
)
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import RUN, VERDICTS, run_id
from ansible_collections.hearthwall.home.plugins.plugin_utils.waiver_file import load_waivers

MOST_NAMED = 6


class ActionModule(ActionBase):
    _requires_connection = False
    _VALID_ARGS = frozenset(("roles", "fail_on"))

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        host, hostvars = task_vars["inventory_hostname"], task_vars["hostvars"]
        profile = profile_of_home(hostvars, host)
        threshold = self._task.args.get("fail_on") or task_vars.get("hearthwall_fail_on") or FAIL_ON[profile]
        threshold = self._templar.template(threshold)
        if threshold not in SEVERITIES:
            raise AnsibleActionFail(f"hearthwall_fail_on is {threshold!r}: it must be one of {', '.join(SEVERITIES)}.")
        roles = self._task.args.get("roles")
        run_tags, skip_tags = task_vars.get("ansible_run_tags") or (), task_vars.get("ansible_skip_tags") or ()

        def in_question(role):
            return (roles is None or role in roles) and role_chosen(role, run_tags, skip_tags)

        facts = task_vars.get("ansible_facts") or {}
        home, today = home_of(hostvars, host), datetime.now(timezone.utc).date()
        try:
            catalogue = load_catalogue()
            waivers = self._waivers(host, hostvars, task_vars["groups"], catalogue, today)
        except (CatalogueError, WaiverError) as error:
            raise AnsibleActionFail(str(error)) from error
        catalogue, outside = split(catalogue, profile)
        # A fact cache may bring what an earlier run said.
        spoken = (facts.get(VERDICTS) or {}) if facts.get(RUN) == run_id() else {}
        found = open_controls(
            host=host,
            home=home,
            groups=task_vars.get("group_names", ()),
            catalogue=catalogue,
            verdicts={control: each for control, each in spoken.items() if control not in outside},
            waivers=waivers,
            today=today,
            threshold=threshold,
            in_question=in_question,
        )
        result = {"changed": False, "hearthwall_open": found}
        if found:
            result.update(failed=True, msg=_message(found, threshold))
        return result

    @staticmethod
    def _waivers(host, hostvars, groups, catalogue, today):
        name = read(hostvars, host, "hearthwall_waivers_file")
        if not name:
            return []
        base = read(hostvars, host, "inventory_dir")
        return load_waivers(name, base, catalogue, set(groups["all"]), home_names(groups), today)


def _message(found, threshold):
    named = [f"{each['id']} {each['status'].replace('_', ' ')} ({each['severity']})" for each in found[:MOST_NAMED]]
    more = f", and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    noun = "finding" if len(found) == 1 else "findings"
    level = threshold if threshold == SEVERITIES[0] else f"{threshold} or worse"
    return f"{len(found)} open {noun}, {level}: {', '.join(named)}{more}. The report tells more."
