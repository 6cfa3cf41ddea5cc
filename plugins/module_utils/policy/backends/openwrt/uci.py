# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""UCI as data: what `uci export` says, and the `uci batch` that leads from one state to another."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ANONYMOUS = re.compile(r"^@([a-z0-9_-]+)\[(\d+)\]$")
# One word as `uci export` writes it: quoted parts and escaped characters, joined without a gap.
WORD = re.compile(r"""(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\])+""", re.DOTALL)
PART = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)""", re.DOTALL)


class UciError(ValueError):
    """What a router says of its configuration cannot be read."""


@dataclass
class Section:
    """One section. ``name`` is a name, or `@type[number]` where it has none."""

    config: str
    type: str
    name: str
    options: dict = field(default_factory=dict)
    reason: str = ""

    @property
    def place(self):
        return f"{self.config}.{self.name}"

    @property
    def anonymous(self):
        return self.name.startswith("@")


def parse(text):
    """Return {place: Section} of the output of `uci export`."""
    sections, config, current, counted = {}, None, None, {}
    for words in _lines(text):
        if words[0] == "package" and len(words) == 2:
            config, current, counted = words[1], None, {}
        elif words[0] == "config" and len(words) in (2, 3) and config:
            number = counted[words[1]] = counted.get(words[1], -1) + 1
            name = words[2] if len(words) == 3 else f"@{words[1]}[{number}]"
            current = Section(config, words[1], name)
            sections[current.place] = current
        elif words[0] == "option" and len(words) == 3 and current:
            current.options[words[1]] = words[2]
        elif words[0] == "list" and len(words) == 3 and current:
            current.options.setdefault(words[1], []).append(words[2])
        else:
            raise UciError(f"line {' '.join(words)!r} of uci export")
    return sections


def _lines(text):
    """Yield the words of each line; a quoted word may hold line ends."""
    words, position = [], 0
    while position < len(text):
        match = WORD.match(text, position)
        if text[position] == "#" and not words:
            position = text.find("\n", position) if "\n" in text[position:] else len(text)
        elif match:
            words.append("".join("".join(parts) for parts in PART.findall(match.group(0))))
            position = match.end()
        elif text[position] == "\n":
            if words:
                yield words
            words, position = [], position + 1
        elif text[position].isspace():
            position += 1
        else:
            raise UciError(f"a quote that does not end: {text[position : position + 40]!r}")
    if words:
        yield words


def export(sections):
    """Return sections as `uci export` writes them, each with its reason as a comment."""
    lines, config = [], None
    for section in sections:
        if section.config != config:
            config = section.config
            lines += ["", f"package {config}"] if lines else [f"package {config}"]
        name = "" if section.anonymous else f" {quoted(section.name)}"
        lines += ["", *([f"# {section.reason}"] if section.reason else []), f"config {section.type}{name}"]
        for option, value in section.options.items():
            if isinstance(value, list):
                lines += [f"\tlist {option} {quoted(entry)}" for entry in value]
            else:
                lines.append(f"\toption {option} {quoted(value)}")
    return "\n".join(lines) + "\n"


def quoted(value):
    """Return a value as one word of `uci batch`."""
    if "\n" in value or "\0" in value:
        raise UciError(f"a value of more than one line: {value!r}")
    return "'" + value.replace("'", "'\\''") + "'"


def set_commands(section, before=None):
    """Return the batch that makes a section exactly this (or, of one that stays foreign, these options)."""
    known = before.options if before else {}
    commands = [] if before and before.type == section.type else [f"set {section.place}={section.type}"]
    for option, value in section.options.items():
        if option in known and known[option] == value:
            continue
        place = f"{section.place}.{option}"
        if isinstance(value, list):
            commands += [f"delete {place}"] if option in known else []
            commands += [f"add_list {place}={quoted(entry)}" for entry in value]
        else:
            commands += [f"delete {place}"] if isinstance(known.get(option), list) else []
            commands.append(f"set {place}={quoted(value)}")
    return commands


def delete_commands(sections):
    """Return the batch that removes sections: numbered ones first, from the last, so that no number shifts."""

    def order(section):
        match = ANONYMOUS.match(section.name)
        return (0, section.config, match.group(1), -int(match.group(2))) if match else (1, section.place)

    return [f"delete {section.place}" for section in sorted(sections, key=order)]
