# SPDX-License-Identifier: GPL-3.0-or-later
"""What expressions must not do, wherever they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
FILES = [*ROOT.glob("roles/*/*/**/*.yml"), *ROOT.glob("playbooks/*.yml"), *ROOT.glob("inventory/**/*.yml")]


def strings(value):
    """Yield every string of a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def expressions(path):
    """Yield every expression of a file of YAML."""
    text = re.sub(r"!\w+", "", path.read_text(encoding="utf-8"))
    for string in strings(list(yaml.safe_load_all(text))):
        yield from re.findall(r"{{.*?}}", string, re.DOTALL)


in_each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


@in_each_file
def test_line_ends_are_made_by_yaml(path):
    """Within an expression Ansible keeps a backslash as it is."""
    assert not [each for each in expressions(path) if r"\n" in each]


@in_each_file
def test_lists_keep_their_order(path):
    """Ansible's set filters hand out another order in every process: what is written from one differs in every run."""
    assert not [each for each in expressions(path) if re.search(r"\|\s*(difference|intersect|union|symmetric_)", each)]
