# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collection's own files, wherever it is installed: its version, its roles, what they declare."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from ansible_collections.hearthwall.home.plugins.module_utils.controls.catalogue import CatalogueError, build_catalogue
from ansible_collections.hearthwall.home.plugins.plugin_utils.yaml_file import YamlFileError, read_yaml

ROOT = Path(__file__).parents[2]


def version(root=ROOT):
    """Return the collection's version: from galaxy.yml in a clone, from MANIFEST.json where it is installed."""
    try:
        if (root / "galaxy.yml").is_file():
            return str(read_yaml(root / "galaxy.yml")["version"])
        return str(json.loads((root / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"


@lru_cache(maxsize=4)
def load_catalogue(root=ROOT):
    """Return {control id: control} of every role; raise CatalogueError with every problem of every file."""
    documents, problems = [], []
    for path in sorted((root / "roles").glob("*/meta/controls.yml")):
        source = path.relative_to(root).as_posix()
        try:
            documents.append((path.parts[-3], source, read_yaml(path)))
        except YamlFileError as error:
            problems.append(str(error))
    try:
        catalogue = build_catalogue(documents)
    except CatalogueError as error:
        problems.extend(error.problems)
    if problems:
        raise CatalogueError(problems)
    return catalogue


@lru_cache(maxsize=4)
def load_argument_specs(root=ROOT):
    """Return {role: options} of the ``main`` entry point of every role that declares its variables."""
    specs = {}
    for path in sorted((root / "roles").glob("*/meta/argument_specs.yml")):
        document = read_yaml(path)
        specs[path.parts[-3]] = document["argument_specs"]["main"].get("options", {})
    return specs
