# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the report of every home that a run looked at."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report
type: aggregate
short_description: Write the compliance report of every home
version_added: 0.1.0
description:
  - Collects what the tasks of a run found out about Hearthwall's controls and writes, for each home,
    C(latest.json), a dated copy of it and what C(hearthwall_report_formats) chooses below the reports directory.
  - Every control of the catalogue appears for every host of its group. What nothing spoke of is V(unknown), with the
    reason.
  - A run that C(--tags), C(--skip-tags), C(--limit) or its playbook kept from some controls is reported as partial. It
    is neither part of the home's history nor its newest posture.
  - A run without any Hearthwall task writes nothing. Files are readable by their owner only.
requirements:
  - enable in configuration (C(callbacks_enabled = hearthwall.home.report))
options:
  hearthwall_report_summary:
    description:
      - Whether to print the one-screen summary when the run ends.
      - The variable of the same name, set for a home, does the same for that home.
    type: bool
    default: true
    env:
      - name: HEARTHWALL_REPORT_SUMMARY
    ini:
      - section: hearthwall
        key: report_summary
  hearthwall_reports_dir:
    description:
      - The directory that holds one directory of reports for each home.
      - The variable of the same name, set for a home, goes before this option.
    type: path
    default: reports
    env:
      - name: HEARTHWALL_REPORTS_DIR
    ini:
      - section: hearthwall
        key: reports_dir
"""

import os
from collections import Counter
from datetime import datetime, timezone

from ansible import constants as C
from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__ as ansible_core
from ansible_collections.hearthwall.home.plugins.module_utils.controls.catalogue import CatalogueError
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import (
    load_argument_specs,
    load_catalogue,
    version,
)
from ansible_collections.hearthwall.home.plugins.plugin_utils.drift.lately import STARTED_BY
from ansible_collections.hearthwall.home.plugins.plugin_utils.report import terminal
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import HomesOfRun
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.publish import publish
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.run_record import HIDDEN, RunRecord, one_line

OURS = "hearthwall.home"
VERDICTS = "hearthwall_verdicts"
NETWORK = "hearthwall_network"
# They look or judge; that they ran outside check mode does not make the run an apply.
LOOKING = {f"{OURS}.{name}" for name in ("description", "snapshot", "verdict")}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "hearthwall.home.report"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._started = datetime.now(timezone.utc)
        self._record = RunRecord()
        self._homes = HomesOfRun()
        self._play = None
        self._aside = False
        self._taken_part = False
        self._judged = Counter()
        self._modes = set()
        self._looking_modes = set()
        self._catalogue_error = None
        try:
            self._catalogue = load_catalogue()
        except CatalogueError as error:
            self._catalogue, self._catalogue_error = {}, error
        self._roles = {each["role"] for each in self._catalogue.values()}

    # What the run sets out to do

    def v2_playbook_on_start(self, playbook):
        tags, skipped = context.CLIARGS.get("tags", ()), context.CLIARGS.get("skip_tags", ())
        flags = [f"{flag} {','.join(given)}" for flag, given in (("--tags", tags), ("--skip-tags", skipped)) if given]
        self._record.playbook = os.path.basename(playbook._file_name or "")
        self._record.tag_choice = " ".join(each for each in flags if each != "--tags all")
        chosen = set()
        for play in playbook.get_plays():
            self._record.roles_in_run.update(role.get_name(include_role_fqcn=False) for role in play.get_roles())
            chosen |= _roles_chosen(play)
        self._record.roles_left_out = self._record.roles_in_run & self._roles - chosen

    def v2_playbook_on_play_start(self, play):
        self._play = play
        # A rehearsal says nothing about how hard the home is: its report stays what it was.
        self._aside = play.get_vars().get("hearthwall_report") is False

    def v2_playbook_on_task_start(self, task, is_conditional):
        if self._aside or not self._is_ours(task):
            return
        if str(task.action) == f"{OURS}.description" and not self._record.roles_in_run & self._roles:
            return  # to read a description alone looks at no home
        self._taken_part = True
        if self._play is not None:
            self._record.hosts.update(self._homes.learn(self._play))
            if limit := context.CLIARGS.get("subset"):
                self._record.limit = f"--limit {one_line(limit)}"
                self._record.hosts_in_limit = _hosts_in_limit(self._play)
            self._play = None
        action = str(task.action)
        (self._looking_modes if action in LOOKING else self._modes).add("check" if task.check_mode else "apply")

    def v2_playbook_on_handler_task_start(self, task):
        self.v2_playbook_on_task_start(task, False)

    # What came back

    def v2_runner_on_ok(self, result):
        self._hear(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._hear(result)
        task = _task(result)
        if ignore_errors:
            return
        if str(task.action) == f"{OURS}.verdict":  # it passes judgement on what was found; that hides nothing
            self._judged[_host(result)] += 1
            return
        host, message = _host(result), _message(_data(result))
        self._record.host_failed(host, task.get_name(), message)
        if task.any_errors_fatal or task.run_once:
            self._record.end_early(host, task.get_name(), message)

    def v2_runner_on_skipped(self, result):
        task = _task(result)
        self._record.task_skipped(_host(result), _role(task))
        data = _data(result)
        if isinstance(data.get("results"), list):
            self._hear(result)

    def v2_runner_on_unreachable(self, result):
        task = _task(result)
        self._record.host_unreachable(_host(result), task.get_name(), _message(_data(result)))

    def v2_playbook_on_stats(self, stats):
        if not self._taken_part:
            return
        try:
            self._report(stats)
        except Exception as error:
            self._display.warning(f"No Hearthwall report was written: {type(error).__name__}: {error}")

    # In between

    def _is_ours(self, task):
        role = getattr(task, "_role", None)
        if role is not None and getattr(role, "_role_collection", None) in (OURS, None) and _role(task) in self._roles:
            return True
        return str(task.action).startswith(f"{OURS}.")

    def _hear(self, result):
        try:
            host, task, data = _host(result), _task(result), _data(result)
            role, name = _role(task), task.get_name()
            self._record.task_ran(host, role)
            items = data.get("results")
            for each in [data, *(items if isinstance(items, list) else ())]:
                if not isinstance(each, dict):
                    continue
                if "censored" in each:
                    self._record.answer_unheard(host, role, name, HIDDEN)
                elif VERDICTS in each and not self._aside:
                    self._taken_part = True
                    self._record.heard(host, role, name, each[VERDICTS])
                    if isinstance(each.get(NETWORK), dict):
                        self._record.networks[host] = each[NETWORK]
        except Exception as error:
            self._display.warning(
                f"A task's result is missing from the Hearthwall report: {type(error).__name__}: {error}"
            )

    def _report(self, stats):
        if self._catalogue_error:
            raise self._catalogue_error
        for host in self._record.hosts:
            if stats.failures.get(host, 0) <= self._judged[host] and not stats.dark.get(host):
                self._record.host_recovered(host)
        mode = "apply" if "apply" in (self._modes or self._looking_modes) else "check"
        inventory = _inventory_flags()
        reports = publish(
            homes=self._homes.homes(
                self.get_option("hearthwall_reports_dir"), load_argument_specs(), self._display.warning
            ),
            names=self._homes.known_names(),
            record=self._record,
            catalogue=self._catalogue,
            mode=mode,
            started=self._started,
            finished=datetime.now(timezone.utc),
            tool=_tool(),
            inventory=inventory,
            warn=self._display.warning,
        )
        shown = [each for each in reports if each.home.summary is not False]
        if not shown or not self.get_option("hearthwall_report_summary"):
            return
        if len(shown) == 1:
            lines = terminal.render(shown[0].document, shown[0].shown, inventory)
        else:
            lines = terminal.render_many([each.document for each in shown], shown[0].shown.parents[1])
        for line, colour in lines:
            self._display.display(line, color=colour)


def _host(result):
    return (result.host if hasattr(result, "host") else result._host).get_name()


def _task(result):
    return result.task if hasattr(result, "task") else result._task


def _data(result):
    """Return the result's data: ``result`` from ansible-core 2.19 on, ``_result`` before it and until 2.23."""
    data = result.result if hasattr(result, "result") else result._result
    return data if isinstance(data, dict) else {}


def _tool():
    """Return what made the report: versions, and who started the run where no person did."""
    started_by = os.environ.get(STARTED_BY)
    return {
        "hearthwall": version(),
        "ansible_core": ansible_core,
        **({"started_by": started_by} if started_by else {}),
    }


def _hosts_in_limit(play):
    """Return the inventory's hosts that --limit leaves, those that failed in the meantime too."""
    hosts = play.get_variable_manager()._inventory.get_hosts("all", ignore_restrictions=True)
    return {host.get_name() for host in hosts}


def _inventory_flags():
    """Return what -i named, as short as it can be; nothing where the configuration's own inventory was used."""
    given = [str(each) for each in context.CLIARGS.get("inventory") or ()]
    if given == [str(each) for each in C.DEFAULT_HOST_LIST]:
        return []
    here = os.getcwd() + os.sep
    return [each[len(here) :] if each.startswith(here) else each for each in given]


def _role(task):
    role = getattr(task, "_role", None)
    return role.get_name(include_role_fqcn=False) if role is not None else ""


def _message(data):
    if "censored" in data:
        return HIDDEN
    for item in data["results"] if isinstance(data.get("results"), list) else ():
        if isinstance(item, dict) and (item.get("failed") or item.get("unreachable")):
            return _message(item)
    return data.get("msg") or data.get("module_stderr") or "no message"


def _roles_chosen(play):
    """Return the roles of which the tags leave at least one task: those on the import of a role count for all of it."""
    try:
        tasks = [task for block in play.compile() for task in _tasks_of(block) if task._role is not None]
        chosen = [task for task in tasks if task.evaluate_tags(play.only_tags, play.skip_tags, {})]
    except Exception:  # tags that only a host's variables can tell: let the run itself show it
        return {role.get_name(include_role_fqcn=False) for role in play.get_roles()}
    return {task._role.get_name(include_role_fqcn=False) for task in chosen}


def _tasks_of(block):
    for each in (*block.block, *block.rescue, *block.always):
        if hasattr(each, "block"):
            yield from _tasks_of(each)
        elif getattr(each, "implicit", False) is not True:
            yield each
