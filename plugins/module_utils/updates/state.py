# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Hearthwall keeps on a host about updates: what was told when, since when a release is known, what goes on."""

from __future__ import annotations

import glob
import json
import os
import shutil

from ansible_collections.hearthwall.home.plugins.module_utils.host import place

FOLDER = "/var/lib/hearthwall/updates"
ASKED, SEEN, BOOK = "asked.json", "seen.json", "state.json"
# The phases of an update from which there is something to put back.
OPEN = ("stopped", "copied", "switched", "restoring")


def read(path):
    """Return what a file of ours holds; a damaged one counts as absent."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def write(path, value):
    """Write a file of ours at once, for root alone."""
    for folder in (os.path.dirname(FOLDER), FOLDER, os.path.dirname(path)):
        place.put_directory(folder, 0o700, os.geteuid(), os.getegid())
    text = json.dumps(value, indent=1, sort_keys=True) + "\n"
    place.put_file(path, text.encode(), 0o600, os.geteuid(), os.getegid())


def asked():
    """Return what Home Assistant told when it was last asked, or None."""
    return read(os.path.join(FOLDER, ASKED))


def seen():
    """Return {kind/name@version: the day on which it was first seen here}."""
    return read(os.path.join(FOLDER, SEEN)) or {}


def note(told, updates, today):
    """Write down what Home Assistant told, and since when each pending version is known."""
    write(os.path.join(FOLDER, ASKED), told)
    known = seen()
    fresh = {identity(update): known.get(identity(update), today) for update in updates}
    write(os.path.join(FOLDER, SEEN), {**{name: day for name, day in known.items() if name in fresh}, **fresh})


def identity(update):
    """Return what tells one version of one thing from every other."""
    return f"{update['kind']}/{update['name']}@{update['latest']}"


def books():
    """Return the folders of the updates, oldest first."""
    return sorted(os.path.dirname(path) for path in glob.glob(os.path.join(FOLDER, "*", BOOK)))


def unfinished():
    """Return the updates that were cut short: {id, phase, from, to}."""
    found = []
    for folder in books():
        book = read(os.path.join(folder, BOOK)) or {}
        if book.get("phase") in OPEN:
            found.append({"id": os.path.basename(folder), **{key: book.get(key) for key in ("phase", "from", "to")}})
    return found


def prune(keep):
    """Take away the copies of older updates that are done; keep the newest ones."""
    done = [folder for folder in books() if (read(os.path.join(folder, BOOK)) or {}).get("phase") not in OPEN]
    for folder in done[: len(done) - keep]:
        shutil.rmtree(folder, ignore_errors=True)
