# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keeps the reports of a home in one private directory: a report tells an attacker what is open."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.scope import is_whole

LATEST = "latest.json"
HOME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
_WHOLE = re.compile(r"[0-9]{8}T[0-9]{6}Z-[a-z]+\.json\Z")
_PARTIAL = re.compile(r"[0-9]{8}T[0-9]{6}Z-[a-z]+-partial\.json\Z")


def home_directory(reports, home):
    """Return the directory of a home's reports; raise ValueError for a name that could lead elsewhere."""
    if not HOME.match(home):
        raise ValueError(f"{home!r} cannot be the name of a home: letters, digits, '_', '-' and '.', at most 64")
    return Path(reports) / home


def store(directory, document):
    """Write latest.json and its dated copy. What is there is whole at every moment."""
    _make_private(directory)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    stamp = re.sub(r"[-:]", "", document["finished"])
    partial = "" if is_whole(document) else "-partial"
    replace_file(directory / f"{stamp}-{document['mode']}{partial}.json", text)
    replace_file(directory / LATEST, text)


def replace_file(path, text):
    """Put a private file in place in one step."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as stream:  # mkstemp made it 0600
            stream.write(text)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def dated_copies(directory):
    """Return the paths of the dated copies of whole reports, oldest first."""
    return sorted(path for path in directory.glob("*.json") if _WHOLE.match(path.name))


def partial_copies(directory):
    """Return the paths of the dated copies of partial reports, oldest first."""
    return sorted(path for path in directory.glob("*.json") if _PARTIAL.match(path.name))


def previous(directory, before):
    """Return the newest whole report that finished before a time (as the report writes it), or None."""
    return next((each for each in _newest_first(directory) if each["finished"] < before), None)


def posture(directory):
    """Return the newest whole report, which says how a home stands, or None."""
    newest = read(directory / LATEST)
    return newest if newest and is_whole(newest) else next(_newest_first(directory), None)


def postures(reports):
    """Return how every home below the directory of reports stands; of a home without a whole run, its newest report."""
    found = (posture(path.parent) or read(path) for path in sorted(Path(reports).glob(f"*/{LATEST}")))
    return [each for each in found if each]


def read(path):
    """Return a stored report, or None where the file is not one."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) and document.get("schema") == "hearthwall.report/1" else None


def _newest_first(directory):
    return filter(None, map(read, reversed(dated_copies(directory))))


def _make_private(directory):
    directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    directory.chmod(0o700)
