# SPDX-License-Identifier: GPL-3.0-or-later
"""Within an expression Ansible keeps a backslash as it is: line ends must be made by YAML."""

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


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_expression_writes_a_backslash_where_it_means_a_line_end(path):
    text = re.sub(r"!\w+", "", path.read_text(encoding="utf-8"))
    for string in strings(list(yaml.safe_load_all(text))):
        assert not [each for each in re.findall(r"{{.*?}}", string, re.DOTALL) if r"\n" in each], string
