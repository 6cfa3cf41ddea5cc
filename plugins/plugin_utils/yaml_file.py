# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads plain YAML strictly (a key that is there twice is an error and not a silent choice), and writes it."""

from __future__ import annotations

from pathlib import Path

import yaml


class YamlFileError(ValueError):
    """The file cannot be read or is not YAML; the message names it and, where known, the line."""


# The same rules, and many times faster where PyYAML comes with libyaml.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_SafeLoader):
    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is there twice", key_node.start_mark
                )
            seen.add(key if isinstance(key, str) else id(key_node))
        return super().construct_mapping(node, deep=deep)


def read_yaml(path):
    """Return the one document of a YAML file."""
    path = Path(path)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506  a SafeLoader
    except OSError as error:
        raise YamlFileError(f"{path}: cannot be read: {error.strerror or error}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise YamlFileError(f"{path}{line}: is not valid YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise YamlFileError(f"{path}: is not valid YAML: {error}") from error


class _IndentedDumper(yaml.SafeDumper):
    """Indents lists below their key, as ansible-lint wants it in an inventory."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def to_yaml(value, **options):
    """Return a value as YAML for a file of the inventory."""
    return yaml.dump(value, Dumper=_IndentedDumper, allow_unicode=True, **options)


class _HomeAssistantLoader(_StrictLoader):
    """Takes Home Assistant's own tags (!secret, !include) for the words that follow them."""


_HomeAssistantLoader.add_multi_constructor("!", lambda loader, suffix, node: f"!{suffix} {node.value}")


def automations(text):
    """Return the automations in the text of an automations.yaml; None where it holds no list of them."""
    entries = yaml.load(text or "[]", Loader=_HomeAssistantLoader)  # noqa: S506  a SafeLoader
    entries = [] if entries is None else entries
    return entries if isinstance(entries, list) and all(isinstance(each, dict) for each in entries) else None
