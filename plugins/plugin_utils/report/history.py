# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a home stood at each earlier whole run: read from the dated copies, each of them once.

`history.json` remembers what the copies said, so that it also outlives them. It can be removed at any time: what the
copies still tell is read anew.
"""

from __future__ import annotations

import json

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import (
    dated_copies,
    partial_copies,
    read,
    replace_file,
)

FILE = "history.json"
PARTS = ("finished", "mode", "profile", "summary")


def history(directory):
    """Return what is known of a home's whole runs, oldest first: dicts of PARTS."""
    known = _known(directory)
    return [known[name] for name in sorted(known)]


def remember(directory, keep):
    """Keep the newest dated copies; of those that go, keep what the history needs."""
    replace_file(directory / FILE, json.dumps(_known(directory), sort_keys=True, indent=0) + "\n")
    for path in (*dated_copies(directory)[:-keep], *partial_copies(directory)[:-keep]):
        path.unlink(missing_ok=True)


def _known(directory):
    known = _remembered(directory)
    for path in dated_copies(directory):
        if path.name not in known and (document := read(path)):
            known[path.name] = {part: document.get(part) for part in PARTS}
    return known


def _remembered(directory):
    try:
        known = json.loads((directory / FILE).read_text(encoding="utf-8"))
        return {name: each for name, each in known.items() if set(each) == set(PARTS)}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
