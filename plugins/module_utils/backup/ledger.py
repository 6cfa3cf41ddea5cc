# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a store remembers of a client's snapshots, so that one that is gone or altered is missed; and who tried what.

A client that may only add has no business deleting or overwriting. What the server refused it stands in its log.
"""

from __future__ import annotations

import os
import re

from ansible_collections.hearthwall.home.plugins.module_utils.backup import repository

# A client's own locks are its to remove. Everything else that is refused is worth knowing.
_DELETE = re.compile(r"^(\S+ \S+) .*: DELETE /(?!locks/[0-9a-f]{64}$)(\S+)")
_OVERWRITE = re.compile(r"^(\S+ \S+) ERROR : (\S+): POST request: file already exists", re.IGNORECASE)
_COMMAND = re.compile(r"^(\S+ \S+) REFUSED (.*)")
TAIL = 4 * 1024 * 1024


def snapshots(path):
    """Return {name: [size, arrival]} of the snapshots in a repository, as a ledger keeps them."""
    return {name: [size, round(arrival, 3)] for name, (size, arrival) in repository.files(path, "snapshots").items()}


def missing(known, present):
    """Return the names of what the ledger knows and the repository has not, or has in another shape."""
    return sorted(name for name, about in known.items() if list(present.get(name) or ()) != list(about))


def refused(log, path):
    """Return {count, last, what} of what was refused according to the end of a server's log.

    restic itself asks to take away what it could not write to its end; only what is whole is somebody's copy.
    """
    whole = {}
    found = {"count": 0, "last": None, "what": {}}
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return found
    for line in lines:
        for what, pattern in (("delete", _DELETE), ("overwrite", _OVERWRITE), ("command", _COMMAND)):
            match = pattern.match(line)
            if match and (what == "command" or _is_a_copy(path, match.group(2), whole)):
                found["count"] += 1
                found["last"] = match.group(1).replace("/", "-").replace(" ", "T") + "Z"
                found["what"][what] = found["what"].get(what, 0) + 1
    return found


def _is_a_copy(path, name, known):
    """Say whether a request was about something whole in the repository, or tried to leave its place."""
    name = name.strip("/")
    if name not in known:
        kind, _slash, last = name.rpartition("/")
        wanted = os.path.join(path, kind, last)
        if kind == "data":
            wanted = os.path.join(path, kind, last[:2], last)
        known[name] = ".." in name or name == "config" or repository.whole(wanted)
    return known[name]


def together(first, second):
    """Return what two counts of refusals amount to."""
    what = dict(first["what"])
    for name, count in second["what"].items():
        what[name] = what.get(name, 0) + count
    last = max(filter(None, (first["last"], second["last"])), default=None)
    return {"count": first["count"] + second["count"], "last": last, "what": what}
