# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that hold one list of entries under one key, as the catalogue and the waivers do. Strict, and pure."""

from __future__ import annotations

import difflib


def entries(source, document, key, name, problems):
    """Yield (where it stands, entry) of a parsed file; what is no entry goes to ``problems``.

    ``key``: the one key of the file; ``name``: the key of an entry that tells it from the others.
    """
    if not isinstance(document, dict):
        problems.append(f"{source}: the file must hold the one key '{key}'")
        return
    problems.extend(f"{source}: {each}: unknown key; the file holds '{key}' only" for each in document if each != key)
    listed = document.get(key)
    if not isinstance(listed, list):
        problems.append(f"{source}: {key}: must be a list")
        return
    for number, entry in enumerate(listed):
        where = f"{source}: {key}[{number}]"
        if not isinstance(entry, dict):
            problems.append(f"{where}: must be a mapping")
            continue
        if isinstance(entry.get(name), str):
            where = f"{where} ({entry[name]})"
        yield where, entry


def did_you_mean(name, known):
    """Return '; did you mean …?' or ''."""
    near = difflib.get_close_matches(str(name), sorted(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
