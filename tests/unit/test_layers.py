# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may know whom, as docs/architecture.md says it: dependencies point one way, and never in circles."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
PREFIX = "ansible_collections.hearthwall.home.plugins."
# What stands at the bottom of module_utils, and what it may know there.
BOTTOM = {"host": set(), "nftables": set(), "controls": set(), "visit": {"host"}, "ha": {"host", "controls"}}
ALLOWED = {
    "action": {"plugin_utils", "module_utils"},
    "callback": {"plugin_utils", "module_utils"},
    "lookup": {"plugin_utils", "module_utils"},
    "filter": {"plugin_utils", "module_utils"},
    "plugin_utils": {"plugin_utils", "module_utils"},
    "modules": {"module_utils"},
    "module_utils": {"module_utils"},
    "doc_fragments": set(),
}


def imports():
    """Return {file: the files of the collection that it imports}, as dotted names below plugins/."""
    files = {".".join(path.relative_to(PLUGINS).with_suffix("").parts): path for path in PLUGINS.rglob("*.py")}
    known = {}
    for name, path in files.items():
        found = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PREFIX):
                below = node.module[len(PREFIX) :]
                found |= {f"{below}.{each.name}" if f"{below}.{each.name}" in files else below for each in node.names}
        known[name] = found
    return known


@pytest.fixture(scope="module")
def known():
    return imports()


def test_layers(known):
    wrong = [(a, b) for a, found in known.items() for b in found if b.split(".")[0] not in ALLOWED[a.split(".")[0]]]
    assert wrong == []


def test_the_bottom_of_module_utils_knows_nothing_above_it(known):
    wrong = []
    for name, found in known.items():
        package = name.split(".")[1]
        if name.startswith("module_utils.") and package in BOTTOM:
            wrong += [(name, each) for each in found if each.split(".")[1] not in BOTTOM[package] | {package}]
    assert wrong == []


def test_no_circles(known):
    done, path = set(), []

    def visit(name):
        assert name not in path, f"a circle: {' -> '.join([*path[path.index(name) :], name])}"
        if name not in done:
            path.append(name)
            for each in sorted(known.get(name, ())):
                visit(each)
            path.pop()
            done.add(name)

    for name in sorted(known):
        visit(name)
