# SPDX-License-Identifier: GPL-3.0-or-later
"""One real run of ansible-playbook over as many homes as there are bad descriptions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bad_descriptions import ABSENT, CASES, GOOD

REPOSITORY = Path(__file__).parents[3]
GROUPS = ("home_assistant", "router", "edge")
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - hearthwall.home.description:
      run_once: true
      ignore_errors: true
      register: found
    - ansible.builtin.copy:
        content: "{{ found | to_json }}"
        dest: found.json
        mode: "0600"
      run_once: true
      delegate_to: localhost
      check_mode: false
"""


def inventory_of(homes, directory):
    """Return an inventory of {home: (changes of the good description, the proxy's own host or None)}."""
    groups = {name: {"hosts": {}} for name in GROUPS}
    every = {}
    for home, (changes, proxy) in homes.items():
        host = f"{home}-ha"
        variables = {"hearthwall_home": home, **GOOD, **changes}
        wanted = variables.pop("@groups", GROUPS)
        variables = json.loads(
            json.dumps({name: value for name, value in variables.items() if value is not ABSENT})
            .replace('"@ha"', f'"{host}"')
            .replace('"@/', f'"{directory}/')
        )
        every[home] = {"hosts": {host: variables}}
        for group in wanted:
            if not (group == "edge" and proxy):
                groups[group]["hosts"][host] = {}
        if proxy:
            own = {name: variables[name] for name in variables if name.startswith("reverse_proxy_")}
            every[home]["hosts"][f"{home}-proxy"] = {"hearthwall_home": home, **own, **proxy}
            groups["edge"]["hosts"][f"{home}-proxy"] = {}
    return {"all": {"children": {**groups, **every}}}


def describe(directory, homes, *arguments):
    """Run the description over the homes; return (its result, what was printed)."""
    (directory / "inventory.yml").write_text(yaml.safe_dump(inventory_of(homes, directory)))
    (directory / "play.yml").write_text(PLAY)
    (directory / "ansible.cfg").write_text("[defaults]\n")
    (directory / "malformed.yml").write_text("waivers:\n- {control: '*', host: all, reason: r, owner: o}\n")
    process = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "inventory.yml", "play.yml", *arguments],
        cwd=directory,
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / ".collections"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CONFIG": "ansible.cfg",
            "ANSIBLE_LOCALHOST_WARNING": "0",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = directory / "found.json"
    assert found.exists(), process.stdout + process.stderr
    return json.loads(found.read_text()), process.stdout + process.stderr


@pytest.fixture(scope="session")
def bad(tmp_path_factory):
    homes = {name: (case[0], case[3] if len(case) > 3 else None) for name, case in CASES.items()}
    homes["other"] = ({}, None)
    return describe(tmp_path_factory.mktemp("bad"), homes)
