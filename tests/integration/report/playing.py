# SPDX-License-Identifier: GPL-3.0-or-later
"""A home of hosts that are this machine, a collection whose roles only speak, and real ansible-playbook runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).parents[3]

SPEAK = """
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

class ActionModule(VisitAction):
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        arguments = self._task.args
        if "raw" in arguments:
            return {"changed": False, "hearthwall_verdicts": arguments["raw"]}
        said = dict(expected="", actual="", evidence="", changed=False)
        return self.answer(task_vars, verdicts=[{**said, **each} for each in arguments.get("verdicts", [])])
"""

INVENTORY = """
all:
  children:
    north:
      vars: {hearthwall_home: north}
      hosts: {ha: {}, gate: {}}
    south:
      vars: {hearthwall_home: south}
      hosts: {ha-south: {}}
    home_assistant:
      hosts: {ha: {}, ha-south: {}}
    router:
      hosts: {gate: {}}
  vars:
    ansible_connection: local
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
"""


def control(identifier, severity="high", group="home_assistant", row="1"):
    return {
        "id": identifier,
        "title": f"Title of {identifier}",
        "severity": severity,
        "row": row,
        "applies_to": group,
        "why": "Because.",
        "remedy": "Run it.",
        "determined_by": "a look",
        "shown_by": "an attack",
        "references": [],
        "profile": "essential" if severity in ("critical", "high") else "standard",
    }


class Run:
    def __init__(self, directory, process):
        self.directory, self.status = directory, process.returncode
        self.output = process.stdout + process.stderr

    def report(self, home):
        return json.loads((self.directory / "reports" / home / "latest.json").read_text())

    def entry(self, home, identifier, host):
        (found,) = [e for e in self.report(home)["controls"] if e["id"] == identifier and e["host"] == host]
        return found


class Workshop:
    """A working directory with a copy of the collection, whose roles are stand-ins that speak."""

    def __init__(self, directory):
        self.directory = directory
        self.collection = directory / "collections/ansible_collections/hearthwall/home"
        shutil.copytree(
            REPOSITORY / "plugins", self.collection / "plugins", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copytree(REPOSITORY / "meta", self.collection / "meta")
        shutil.copy(REPOSITORY / "galaxy.yml", self.collection)
        shutil.copytree(REPOSITORY / "roles/home", self.collection / "roles/home")
        (self.collection / "plugins/action/speak.py").write_text(SPEAK)
        (directory / "inventory.yml").write_text(INVENTORY)
        (directory / "ansible.cfg").write_text(
            "[defaults]\ncollections_path = collections\ninventory = inventory.yml\n"
            "callbacks_enabled = hearthwall.home.report\nretry_files_enabled = false\n"
        )

    def role(self, name, controls, tasks=()):
        role = self.collection / "roles" / name
        for part, content in (("meta/controls.yml", {"controls": controls}), ("tasks/main.yml", list(tasks))):
            (role / part).parent.mkdir(parents=True, exist_ok=True)
            (role / part).write_text(yaml.safe_dump(content))

    def play(self, plays, *arguments, **environment):
        (self.directory / "play.yml").write_text(yaml.safe_dump(plays))
        process = subprocess.run(
            [Path(sys.executable).with_name("ansible-playbook"), "play.yml", *arguments],
            cwd=self.directory,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_CONFIG": "ansible.cfg", **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Run(self.directory, process)


def play(hosts, roles=(), tasks=(), **more):
    return {
        "name": f"Play on {hosts}",
        "hosts": hosts,
        "gather_facts": False,
        "roles": [{"role": f"hearthwall.home.{role}", "tags": [role]} for role in roles],
        "tasks": list(tasks),
        **more,
    }


def speak(*verdicts, name="Speak", **task):
    return {"name": name, "hearthwall.home.speak": {"verdicts": list(verdicts)}, **task}


VERDICT = play("home_assistant:router", tasks=[{"name": "Judge", "hearthwall.home.verdict": {}}], tags=["always"])
