# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a user gets it: built, installed from the archive, and found by its name."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    (folder / "ansible.cfg").touch()
    environment = dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(folder), ANSIBLE_CONFIG=str(folder / "ansible.cfg"))

    def run(*command):
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=True
        ).stdout

    run("ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(folder))
    archive = next(folder.glob("hearthwall-home-*.tar.gz"))
    run("ansible-galaxy", "collection", "install", "--offline", str(archive), "--collections-path", str(folder))
    return run, archive


def test_the_archive_holds_what_a_user_needs_and_nothing_of_the_workshop(installed):
    _run, archive = installed
    with tarfile.open(archive) as opened:
        names = opened.getnames()
    top = {name.split("/")[0] for name in names}
    assert {"roles", "playbooks", "plugins", "inventory", "README.md", "COPYING", "meta"} <= top
    assert not top & {"tests", "molecule", ".venv", ".lab", "reports", ".collections"}
    assert not [name for name in names if "inventory/lab" in name or name.endswith((".pyc", "vault.yml"))]


def test_its_playbooks_run_by_name(installed):
    run, _archive = installed
    listed = run("ansible-playbook", "hearthwall.home.check", "-i", f"{ROOT}/inventory/example", "--list-tasks")
    for role in ("accounts", "reverse_proxy", "exposure"):
        assert f"hearthwall.home.{role} : " in listed


def test_its_modules_are_documented(installed):
    run, _archive = installed
    listed = run("ansible-doc", "--list", "hearthwall.home").splitlines()
    assert len(listed) >= 10
    for line in listed:
        run("ansible-doc", line.split()[0])
