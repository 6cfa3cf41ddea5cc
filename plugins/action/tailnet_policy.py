# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes the tailnet's policy file that follows from the home's policy, and holds the one in force against it."""

from __future__ import annotations

import json
import os

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet import compile as compiler
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet import privileges, union
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet.reading import Document, as_network
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import from_policy
from ansible_collections.hearthwall.home.plugins.plugin_utils import home_vault
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import plain
from ansible_collections.hearthwall.home.plugins.plugin_utils.policy_action import loaded
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import home_of, members_of
from ansible_collections.hearthwall.home.plugins.plugin_utils.tailscale.api import ApiError, Tailnet
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

CONTROL = "HW-TS-10"
EXPECTED = "the tailnet's policy opens no more than the home's"
NAME, BEFORE = "hearthwall_tailnet.hujson", ".before"
GROUP = "tailscale"
HEADER = "// Written by Hearthwall from the home's network policy. What is changed here by hand is lost.\n"
MOST = 6

API = {
    "token": {"type": "str", "no_log": True},
    "client_id": {"type": "str"},
    "client_secret": {"type": "str", "no_log": True},
    "tailnet": {"type": "str", "default": "-"},
    "url": {"type": "str"},
    "ca": {"type": "path"},
}


class ActionModule(VisitAction):
    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(
            {
                "policy": {"type": "dict"},
                "people": {"type": "list", "elements": "str", "required": True},
                "tag": {"type": "str", "required": True},
                "owners": {"type": "list", "elements": "str", "default": ["autogroup:admin"]},
                "serves": {"type": "int", "default": 0},
                "addresses": {"type": "list", "elements": "str", "default": []},
                "routes": {"type": "list", "elements": "str", "default": []},
                "exit_node": {"type": "bool", "default": False},
                "ssh_users": {"type": "list", "elements": "str", "default": []},
                "file": {"type": "path"},
                "push": {"type": "bool", "default": False},
                "api": {"type": "dict", "options": API},
            }
        )
        self._options = plain(arguments)
        first = self._first(task_vars)
        if first != task_vars["inventory_hostname"]:
            told = verdict(CONTROL, "not_applicable", EXPECTED, f"the home's tailnet is one, and told of at {first}")
            return self.answer(task_vars, [told])
        wanted = self._wanted()
        text = HEADER + json.dumps(wanted, indent=2) + "\n"
        return self._hold(task_vars, wanted, text, self._written(task_vars, text))

    @staticmethod
    def _first(task_vars):
        """Return the one host of the home that speaks for its tailnet."""
        hostvars, own = task_vars["hostvars"], task_vars["inventory_hostname"]
        home = home_of(hostvars, own)
        members = members_of(home, hostvars, task_vars["groups"]) if home else {own: {GROUP}}
        return min([host for host, groups in members.items() if GROUP in groups] or [own])

    def _wanted(self):
        options = self._options
        policy = loaded(options["policy"]) if options["policy"] else None
        host = from_policy.host_of(policy, options["addresses"]) if policy else None
        routes = tuple(filter(None, map(as_network, options["routes"])))
        node = compiler.Node(options["tag"], options["serves"], host, routes, options["exit_node"])
        return compiler.document(policy, node, options["people"], options["owners"], options["ssh_users"])

    def _written(self, task_vars, text):
        """Keep the file on the controller; return (whether it differs, what stood there, its path)."""
        path = self._options["file"] or self._beside_the_vault(task_vars)
        try:
            with open(path, encoding="utf-8") as file:
                before = file.read()
        except FileNotFoundError:
            before = ""
        if before != text and not self._task.check_mode:
            _write(path, text)
        return before != text, before, path

    def _beside_the_vault(self, task_vars):
        place = home_vault.default_path(task_vars)
        if not place:
            self.refuse("There is no place to keep the tailnet's policy file.", "Set tailscale_policy_file.")
        return os.path.join(os.path.dirname(place), NAME)

    def _hold(self, task_vars, wanted, text, written):
        differs, before, path = written
        result = {"changed": differs, "file": path, "pushed": False, "openings": []}
        if self._task.diff and differs:
            result["diff"] = [{"before_header": path, "after_header": path, "before": before, "after": text}]
        if not self._options["api"]:
            reason = f"nobody asked the tailnet, since tailscale_api is not set; what it should say is in {path}"
            return self.answer(task_vars, [verdict(CONTROL, "unknown", EXPECTED, reason)], **result)
        tailnet = Tailnet(**self._options["api"])
        try:
            present = tailnet.present()
            spoken = self._judged(present.data, wanted)
            result["openings"] = spoken.pop("openings")
            if self._options["push"] and _sections(present.data) != _sections(wanted):
                result["changed"] = True
                if not self._task.check_mode:
                    was_open = spoken["status"] != "pass"
                    self._push(tailnet, text, present, path)
                    spoken = self._judged(tailnet.present().data, wanted)
                    result.update(pushed=True, openings=spoken.pop("openings"))
                    spoken["changed"] = was_open and spoken["status"] == "pass"
        except ApiError as error:
            # A dry run that was not answered knows nothing; an apply that was not has not done what was asked.
            status = "error" if self._options["push"] and not self._task.check_mode else "unknown"
            told = verdict(CONTROL, status, EXPECTED, str(error))
            failed = {"failed": True, "msg": str(error)} if status == "error" else {}
            return self.answer(task_vars, [told], **result, **failed)
        return self.answer(task_vars, [spoken], **result)

    @staticmethod
    def _push(tailnet, text, present, path):
        tailnet.validate(text)
        # The way back, with its comments: what stood there is nobody else's to remember.
        _write(path + BEFORE, tailnet.text())
        tailnet.replace(text, present)

    def _judged(self, data, wanted):
        existing, ours = Document(data), Document(wanted)
        found = [str(each) for each in union.beyond(existing, ours)]
        found += privileges.beyond(existing, ours, self._options["tag"])
        missing = [str(each) for each in union.beyond(ours, existing)]
        evidence = f"the home's policy allows more: {_few(missing)}" if missing else ""
        strange = union.unread(existing)
        if found:
            return {**verdict(CONTROL, "fail", EXPECTED, _few(found), evidence), "openings": found}
        if strange:
            return {**verdict(CONTROL, "unknown", EXPECTED, _few(strange), evidence), "openings": []}
        return {**verdict(CONTROL, "pass", EXPECTED, f"{len(existing.rules)} rules", evidence), "openings": []}


def _sections(data):
    """Return the sections that say anything."""
    return {str(name).lower(): value for name, value in data.items() if value not in (None, [], {}, "")}


def _few(texts):
    more = f"; and {len(texts) - MOST} more" if len(texts) > MOST else ""
    return "; ".join(texts[:MOST]) + more


def _write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    staged = f"{path}.new"
    with open(staged, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(staged, path)
