# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of every Hearthwall action: one snapshot, a plan on the controller, at most one visit, verdicts."""

from __future__ import annotations

import hashlib

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import accumulate, broken_off
from ansible_collections.hearthwall.home.plugins.plugin_utils.snapshot_fact import pack, unpack

SNAPSHOT = "hearthwall_snapshot"
VERDICTS = "hearthwall_verdicts"
RUN = "hearthwall_run"
# Where every distribution that we know has its Python: trying it first saves the connection that finds it out.
PYTHON = "/usr/bin/python3"
DISCOVERED = "discovered_interpreter_python"
# The looks that a host gets because of its groups, beside those that every host gets.
BASE_LOOKS = ("system", "paths", "packages", "services", "listeners")
GROUP_LOOKS = {
    "home_assistant": ("firewall", "home_assistant", "vetting", "updates", "cloud", "ways_in", "backup"),
    "router": ("firewall", "ways_in", "switch"),
    "edge": ("certificates", "front_door"),
    "backup_store": ("backup",),
    "wireguard": ("firewall", "wireguard"),
    "tailscale": ("tailscale",),
}
# Which side of a copy a host is.
COPY_PARTS = {"home_assistant": "device", "backup_store": "store"}
CERTIFICATES = ("/etc/hearthwall/tls",)
# The group of the hosts that run no modules and are spoken to through Home Assistant alone.
HAOS = "haos"
HA_PREFIX = "hearthwall_ha_"
# Credentials stay on the controller: no look needs them.
HA_PARAMETERS = ("config_dir", "unit", "password_budget", "password_depth", "password_minimum")
BUDGET_CHECK, BUDGET_APPLY = 4, 60


class VisitAction(ActionBase):
    """An action that plans against the host's snapshot and connects only where something differs."""

    _requires_connection = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._facts = {}
        self._known = None
        self._unfit = []

    def snapshot(self, task_vars):
        """Return the host's snapshot: the fact of this run, or a new one (one module call)."""
        facts = task_vars.get("ansible_facts", {})
        known = facts.get(SNAPSHOT)
        # A fact cache may bring one of an earlier run: that says nothing about today.
        if known and facts.get(RUN) == run_id():
            self._known = unpack(known)
            return self._known
        return self._take_snapshot(task_vars)

    def _take_snapshot(self, task_vars, **parameters):
        """Take a new snapshot with the looks that the host's groups call for, and keep it as a fact."""
        home_assistant_os = self._home_assistant_os(task_vars)
        if home_assistant_os:
            taken = home_assistant_os.snapshot()
            self._facts[SNAPSHOT] = pack(taken)
            self._unfit = home_assistant_os.not_applicable()
            return taken
        groups = task_vars.get("group_names") or []
        looks = [*BASE_LOOKS]
        for group, more in GROUP_LOOKS.items():
            if group in groups:
                looks += [look for look in more if look not in looks]
        arguments = {
            "looks": looks,
            "budget": BUDGET_CHECK if self._task.check_mode else BUDGET_APPLY,
            **{name: value for name, value in parameters.items() if value is not None},
        }
        if "certificates" in arguments["looks"]:
            arguments["certificates"] = [*CERTIFICATES, *arguments.get("certificates", [])]
        if "home_assistant" in arguments["looks"]:
            given = {
                name: self._templar.template(task_vars[HA_PREFIX + name])
                for name in HA_PARAMETERS
                if HA_PREFIX + name in task_vars
            }
            # How deep passwords are tested is the role accounts' to say; its defaults are the look's own.
            depth = (self._templar.template(task_vars.get("accounts_password")) or {}).get("depth")
            releases = self._templar.template(task_vars.get("updates_releases_dir"))
            arguments["home_assistant"] = {
                **({"releases": releases} if releases else {}),
                "check_mode": bool(self._task.check_mode),
                **({"password_depth": depth} if depth else {}),
                **given,
                **arguments.get("home_assistant", {}),
            }
        if "backup" in arguments["looks"]:
            arguments["backup"] = {
                "parts": [part for group, part in COPY_PARTS.items() if group in groups],
                "config_dir": arguments.get("home_assistant", {}).get("config_dir"),
                "unit": arguments.get("home_assistant", {}).get("unit"),
                **arguments.get("backup", {}),
            }
        result = self.visit("snapshot", arguments, task_vars)
        taken = result["snapshot"]
        taken["recovered"] = result["recovered"]
        self._facts[SNAPSHOT] = pack(taken)
        return taken

    def look(self, task_vars, paths=(), secret_paths=(), units=(), texts=(), remember=None):
        """Look at a few more paths and units, with one module call; return (snapshot part, texts)."""
        looks = [name for name, asked in (("paths", paths), ("services", units)) if asked]
        arguments = {
            "looks": looks,
            "manifest": False,
            "paths": list(paths),
            "secret_paths": list(secret_paths),
            "units": list(units),
            "texts": list(texts),
            "remember": remember or {},
        }
        result = self.visit("snapshot", arguments, task_vars)
        return result["snapshot"], result.get("texts", {})

    def visit(self, module, arguments, task_vars):
        """Run one Hearthwall module on the host and return its result; raise if it failed."""
        home_assistant_os = self._home_assistant_os(task_vars)
        if home_assistant_os:
            return home_assistant_os.visit(module, arguments)
        result = self.call(f"hearthwall.home.{module}", arguments, task_vars)
        if result.get("failed"):
            raise AnsibleActionFail(_failure(module, result), result=result)
        return result

    def call(self, module, arguments, task_vars):
        """Run one module on the host and return its result, whatever it is."""
        home_assistant_os = self._home_assistant_os(task_vars)
        if home_assistant_os:
            home_assistant_os.refuse(module)
        shortcut = self._shortcut(task_vars)
        if shortcut:
            result = self._execute_module(module_name=module, module_args=dict(arguments), task_vars=shortcut)
            if not _no_interpreter(result):
                self._facts[DISCOVERED] = PYTHON
                return result
        result = self._execute_module(module_name=module, module_args=dict(arguments), task_vars=task_vars)
        found = (result.get("ansible_facts") or {}).get(DISCOVERED)
        if found:
            self._facts[DISCOVERED] = found
        return result

    def _home_assistant_os(self, task_vars):
        """Return the host as one with Home Assistant OS, or None: no module runs there, its API does everything."""
        if HAOS not in (task_vars.get("group_names") or ()):
            return None
        from ansible_collections.hearthwall.home.plugins.plugin_utils.haos.platform import HomeAssistantOS

        return HomeAssistantOS(self, task_vars)

    def _shortcut(self, task_vars):
        facts = task_vars.get("ansible_facts") or {}
        if "ansible_python_interpreter" in task_vars or DISCOVERED in facts or self._task.delegate_to:
            return None
        if not str(C.config.get_config_value("INTERPRETER_PYTHON", variables=task_vars)).startswith("auto"):
            return None
        if self._facts.get(DISCOVERED, PYTHON) != PYTHON:
            return None
        return dict(task_vars, ansible_python_interpreter=PYTHON)

    def answer(self, task_vars, verdicts=(), snapshot=None, **result):
        """Return the action's result, with the verdicts and the snapshot also kept as facts of the host."""
        home_assistant_os = self._home_assistant_os(task_vars)
        spoken = [*self._unfit, *(home_assistant_os.applicable(verdicts) if home_assistant_os else verdicts)]
        known = task_vars.get("ansible_facts", {})
        current = known.get(RUN) == run_id()
        # What a fact cache kept of an earlier run must not pass for this one's.
        facts = {**({} if current else {SNAPSHOT: {}, VERDICTS: {}}), **self._facts, RUN: run_id()}
        if spoken:
            facts[VERDICTS] = accumulate(known.get(VERDICTS, {}) if current else {}, spoken)
        # One that is still the fact as it stands need not travel again.
        if snapshot is not None and snapshot is not self._known:
            facts[SNAPSHOT] = pack(snapshot)
        return {"changed": False, VERDICTS: spoken, **result, "ansible_facts": facts}

    def looked_again(self, snapshot, looks, task_vars):
        """Return the snapshot with some looks taken anew, by one module call."""
        found = self.visit("snapshot", {"looks": list(looks), "manifest": False}, task_vars)["snapshot"]
        return dict(snapshot, **{look: found[look] for look in looks})

    def not_kept(self, task_vars, verdicts, doing, cause, role, **result):
        """Return the result of a change that was not kept: what it was to mend, the cause, and the next command."""
        msg = f"{str(cause).rstrip('.')}. {self.run_again(task_vars, role)}"
        return self.answer(task_vars, broken_off(verdicts, doing, cause), failed=True, msg=msg, **result)

    @staticmethod
    def run_again(task_vars, role):
        """Return the command that goes on where a change was not kept."""
        host = task_vars["inventory_hostname"]
        return f"Mend that, then run: ansible-playbook playbooks/site.yml --limit {host} --tags {role}"

    @staticmethod
    def refuse(message, fix):
        """Stop with the cause and the next command or edit."""
        raise AnsibleActionFail(f"{message} {fix}")


def run_id():
    """Return what tells this run of Ansible from every other: its own temporary directory."""
    return hashlib.sha256(C.DEFAULT_LOCAL_TMP.encode()).hexdigest()[:16]


def _failure(module, result):
    """Return what went wrong: in the module's own words, or where it ended without an answer, in the host's last ones.

    That is the last line of a traceback, or the word of whoever kept the module from running: sudo, or the shell.
    """
    answered = "module_stdout" not in result and "module_stderr" not in result
    if answered and result.get("msg"):
        return result["msg"]
    # Over SSH with a terminal both come as one.
    said = str(result.get("module_stderr") or result.get("module_stdout") or result.get("exception") or "")
    last = (said.strip().splitlines() or [result.get("msg") or "it said nothing"])[-1]
    return f"{module} broke off on the host: {last} (-vvv shows all of it)"


def _no_interpreter(result):
    if not result.get("failed") or "module_stderr" not in result and result.get("rc") is None:
        return False
    said = f"{result.get('module_stderr', '')} {result.get('module_stdout', '')} {result.get('msg', '')}"
    return result.get("rc") == 127 or (PYTHON in said and ("not found" in said or "No such file" in said))
