# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that the role backup leaves on a host stand there with everything that they import."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
MODULES = ROOT / "plugins/module_utils"
OURS = "ansible_collections.hearthwall.home.plugins.module_utils."
DECLARED = yaml.safe_load((ROOT / "roles/backup/vars/main/programs.yml").read_text(encoding="utf-8"))


def imported(name):
    """Return the modules that a module of ours imports, as the role names them."""
    found = set()
    for node in ast.walk(ast.parse((MODULES / f"{name}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.startswith(OURS):
            base = node.module.removeprefix(OURS).replace(".", "/")
            found |= {base} if (MODULES / f"{base}.py").exists() else {f"{base}/{each.name}" for each in node.names}
    return found


@pytest.mark.parametrize("part", DECLARED["_backup_programs"])
def test_nothing_that_they_import_is_left_behind(part):
    given = set(DECLARED["_backup_programs"][part])
    assert set().union(*(imported(name) for name in given)) <= given
    folders = {each["path"].rpartition("/")[2] for each in DECLARED["_backup_tree"]}
    assert {name.partition("/")[0] for name in given} <= folders
