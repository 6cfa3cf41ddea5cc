# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's configuration below HEARTHWALL_ROOT, as the stand-ins for its programs read and change it.

What is set lies in /tmp/.uci as the whole new configuration until it is committed: readers see it, the flash does not.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

ROOT = Path(os.environ["HEARTHWALL_ROOT"])
CONFIG, DELTA = ROOT / "etc/config", ROOT / "tmp/.uci"


def read(config):
    """Return [[type, name or None, options], …] as they stand, what is not committed included."""
    path = DELTA / config if (DELTA / config).exists() else CONFIG / config
    sections = []
    for line in path.read_text().splitlines() if path.exists() else []:
        words = shlex.split(line, comments=True)
        if words[:1] == ["config"]:
            sections.append([words[1], words[2] if len(words) > 2 else None, {}])
        elif words[:1] == ["option"]:
            sections[-1][2][words[1]] = words[2]
        elif words[:1] == ["list"]:
            sections[-1][2].setdefault(words[1], []).append(words[2])
    return sections


def write(path, sections):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(text(section) for section in sections))


def text(section):
    kind, name, options = section
    lines = ["", f"config {kind}" + (f" {quoted(name)}" if name else "")]
    for option, value in options.items():
        for entry in value if isinstance(value, list) else [value]:
            lines.append(f"\t{'list' if isinstance(value, list) else 'option'} {option} {quoted(entry)}")
    return "\n".join(lines) + "\n"


def exported(config):
    """Return what `uci export` says of one configuration."""
    return f"package {config}\n" + "".join(text(section) for section in read(config)) + "\n"


def quoted(value):
    return "'" + value.replace("'", "'\\''") + "'"


def find(sections, name):
    match = re.fullmatch(r"@([\w-]+)\[(-?\d+)\]", name)
    if match:
        kinds = [section for section in sections if section[0] == match.group(1)]
        number = int(match.group(2))
        return kinds[number] if number < len(kinds) else None
    return next((section for section in sections if section[1] == name), None)


def change(lines):
    """Carry out the lines of a batch; return what is wrong with which."""
    held, wrong = {}, []
    for line in lines:
        said = _change(held, shlex.split(line))
        wrong += [said] if said else []
    for config, sections in held.items():
        write(DELTA / config, sections)
    return wrong


def _change(held, words):
    if len(words) != 2 or words[0] not in ("set", "add_list", "delete"):
        return "uci: Parse error"
    place, _equals, value = words[1].partition("=")
    config, name, *option = place.split(".")
    if not (CONFIG / config).exists():
        return "uci: Entry not found"
    sections = held[config] if config in held else read(config)
    section = find(sections, name)
    if words[0] == "set" and not option:
        if section:
            section[0] = value
        else:
            sections.append([value, name, {}])
    elif section is None:
        return "uci: Entry not found"
    elif words[0] == "set":
        section[2][option[0]] = value
    elif words[0] == "add_list":
        section[2].setdefault(option[0], []).append(value)
    elif option:
        if section[2].pop(option[0], None) is None:
            return "uci: Entry not found"
    else:
        sections.remove(section)
    held[config] = sections
    return ""
