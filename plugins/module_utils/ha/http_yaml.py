# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The http: block of configuration.yaml before release 2026.8: ours in its own file, the user's otherwise intact.

The block is replaced by one line that includes our file; where there is none, that line is added at the end. Keys that
nobody declared travel into our file as they were written, ``!secret`` and all. Every other byte stays.
"""

from __future__ import annotations

import json
import re

OWNED = "hearthwall_http.yaml"
LINE = f"http: !include {OWNED}\n"
HEADER = "# Home Assistant's HTTP settings, kept by Hearthwall. Change them in the home's description.\n"
_TOP = re.compile(r"""(?:http|"http"|'http')\s*:(?P<rest>.*)$""")
_CHILD = re.compile(r"""(?P<quote>["']?)(?P<key>\w+)(?P=quote)\s*:""")


class Unsuited(Exception):
    """The http: settings are written in a way that is not rewritten; the message says what to do."""


def _ignorable(line):
    return not line.strip() or line.lstrip().startswith("#")


def find(text):
    """Return (first line, line after the last, what follows the colon) of the http: block; None where there is none."""
    lines = text.splitlines(keepends=True)
    start, match = next(((at, found) for at, line in enumerate(lines) if (found := _TOP.match(line))), (None, None))
    if match is None:
        return None
    end = start + 1
    while end < len(lines) and (_ignorable(lines[end]) or lines[end][0] in " \t"):
        end += 1
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return start, end, re.sub(r"(^|\s)#.*$", "", match.group("rest")).strip()


def included(text):
    """Return the file that the http: block includes, or None."""
    found = find(text)
    match = re.fullmatch(r"!include\s+(\S+)", found[2]) if found else None
    return match.group(1) if match else None


def _children(text):
    """Return {key: its lines as written} of a block without indentation."""
    result, key = {}, None
    for line in text.splitlines(keepends=True):
        match = _CHILD.match(line)
        if match:
            key = match.group("key")
            result[key] = ""
        elif key is None:
            continue
        result[key] += line if line.endswith("\n") else line + "\n"
    return result


def _block(text):
    """Return the settings of the http: block in configuration.yaml, without indentation."""
    found = find(text)
    if found is None:
        return ""
    start, end, rest = found
    if rest.startswith("{"):
        raise Unsuited("http: is written in braces. Write it as an indented block and apply again.")
    if rest and not rest.startswith("!include"):
        raise Unsuited(f"http: holds {rest.split()[0]}, which is not understood. Write it as an indented block.")
    lines = text.splitlines(keepends=True)[start + 1 : end]
    depth = min((len(line) - len(line.lstrip()) for line in lines if not _ignorable(line)), default=0)
    return "".join(line[depth:] if line.strip() else line for line in lines if not line.startswith("#"))


def rewrite(text, include_text, wanted):
    """Return (configuration.yaml, our file) with the wanted settings laid over those written.

    ``include_text`` is the content of the file that the block includes now, if it does; a value of None takes
    a key away.
    """
    present = _children(include_text if include_text is not None else _block(text))
    kept = {key: lines for key, lines in present.items() if key not in wanted}
    ours = {key: f"{key}: {json.dumps(value)}\n" for key, value in wanted.items() if value is not None}
    content = HEADER + "".join((kept | ours)[key] for key in sorted(kept | ours))
    found = find(text)
    if found is None:
        gap = "" if not text or text.endswith("\n") else "\n"
        return text + gap + LINE, content
    start, end, rest = found
    if rest == f"!include {OWNED}":
        return text, content
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:start], LINE, *lines[end:]]), content
