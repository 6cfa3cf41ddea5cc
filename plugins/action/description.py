# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses descriptions with errors, all of them at once, before anything is touched. Makes no connection."""

from __future__ import annotations

from datetime import datetime, timezone

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.hearthwall.home.plugins.module_utils.controls.catalogue import CatalogueError
from ansible_collections.hearthwall.home.plugins.module_utils.controls.judgement import role_chosen
from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import gather, problem
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_argument_specs, load_catalogue
from ansible_collections.hearthwall.home.plugins.plugin_utils.description.check import check_home, prefixes
from ansible_collections.hearthwall.home.plugins.plugin_utils.description.collect import Reader
from ansible_collections.hearthwall.home.plugins.plugin_utils.description.message import message
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import home_names, home_of, read


class ActionModule(ActionBase):
    _requires_connection = False
    _VALID_ARGS = frozenset(())

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        hostvars, groups = task_vars["hostvars"], task_vars["groups"]
        try:
            catalogue = load_catalogue()
        except CatalogueError as error:
            raise AnsibleActionFail(str(error)) from error
        specs = load_argument_specs()
        reader = Reader(hostvars, groups, self._templar, self._loader, prefixes(specs))
        hosts = task_vars.get("ansible_play_hosts_all") or [task_vars["inventory_hostname"]]
        concerned = {host: home_of(hostvars, host) for host in hosts}
        names = sorted({name for name in concerned.values() if name})
        problems = [_homeless(host) for host, name in concerned.items() if name is None]
        members = {}
        run_tags, skip_tags = task_vars.get("ansible_run_tags") or (), task_vars.get("ansible_skip_tags") or ()
        dry = bool(self._task.check_mode)
        applying = [] if dry else [role for role in specs if role_chosen(role, run_tags, skip_tags)]
        today = datetime.now(timezone.utc).date()
        for name in names:
            home = reader.home(name, applying)
            members[name] = sorted(home.hosts)
            base = read(hostvars, members[name][0], "inventory_dir")
            problems += check_home(home, specs, catalogue, home_names(groups), today, base)
        problems = gather(reader.problems + problems)
        result = {"changed": False, "homes": names, "problems": problems}
        if problems:
            result.update(failed=True, msg=message(problems, members, reader.places))
        return result


def _homeless(host):
    return problem(
        "hearthwall_home",
        "is missing, or is no text",
        "Set hearthwall_home to the name of the home's group, in that group's variables.",
        host,
    )
