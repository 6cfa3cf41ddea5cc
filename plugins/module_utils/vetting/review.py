# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What there is to review in code that nobody approved: the change since the approval, and the calls in it."""

from __future__ import annotations

import difflib
import os
import time

from ansible_collections.hearthwall.home.plugins.module_utils.vetting import content, dangerous, kept

MOST_LINES = 400
MOST_CALLS = 60
SECONDS = 10


def review(item, approved_sha256=None, seconds=SECONDS, folder=kept.FOLDER):
    """Return {name, kind, compared, changed files, calls, diff} of one item."""
    path, end = item["path"], time.monotonic() + seconds
    before = kept.texts(approved_sha256, folder) if approved_sha256 else None
    found = {"kind": item["kind"], "name": item["name"], "compared": before is not None, "calls": [], "diff": ""}
    found.update(changed=[], complete=True)
    old = before or {}
    present = content.read(path).files
    lines = []
    for name in sorted({*present, *old}):
        if time.monotonic() > end:
            found["complete"] = False
            break
        now = _bytes(path, name) if name in present else b""
        was = old.get(name, b"")
        if before is not None and _plain(now) == _plain(was):
            continue
        found["changed"].append(name)
        added, shown = _compared(name, was, now)
        lines += shown if before is not None else []
        calls = dangerous.look(name, now) if name in present else []
        found["calls"] += [f"{name}:{line} {why}" for line, why in calls if not line or line in added]
    found["complete"] = found["complete"] and len(found["calls"]) <= MOST_CALLS
    found["calls"] = found["calls"][:MOST_CALLS]
    left_out = len(lines) - MOST_LINES
    found["diff"] = "".join(lines[:MOST_LINES]) + (f"… and {left_out} more lines\n" if left_out > 0 else "")
    return found


def _bytes(path, name):
    place = os.path.join(path, name) if os.path.isdir(path) else path
    try:
        with open(place, "rb") as file:
            return file.read(dangerous.MOST + 1)
    except OSError:
        return b""


def _plain(data):
    return data.replace(b"\r\n", b"\n")


def _lines(data):
    return _plain(data).decode("utf-8", "replace").splitlines(keepends=True)


def _compared(name, was, now):
    """Return (the numbers of the lines that are new, the lines of the diff)."""
    if b"\0" in was[:8192] or b"\0" in now[:8192]:
        return {0}, [f"Binary file {name} differs\n"]
    old, new = _lines(was), _lines(now)
    if not old:
        shown = [f"+++ {name} (new)\n", *(f"+{line}" for line in new)]
        return set(range(len(new) + 1)), [_ended(line) for line in shown]
    added = set()
    for tag, _i1, _i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag in ("replace", "insert"):
            added.update(range(j1 + 1, j2 + 1))
    shown = difflib.unified_diff(old, new, f"{name} (approved)", f"{name} (now)")
    return added, [_ended(line) for line in shown]


def _ended(line):
    return line if line.endswith("\n") else f"{line}\n"
