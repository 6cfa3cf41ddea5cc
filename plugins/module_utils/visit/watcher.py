# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the guard's units run on the host: wait for the word, and put back where it does not come.

A copy of this file and of those it imports lies with every guarded journal: standard library only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

try:
    from ansible_collections.hearthwall.home.plugins.module_utils.host import place
    from ansible_collections.hearthwall.home.plugins.module_utils.visit import clock, journal, rollback
except ImportError:  # run by the guard, from the folder that it was written to
    import clock
    import journal
    import place
    import rollback


def _say(line):
    """What the guard's units say ends in the host's log."""
    sys.stderr.write(f"{line}\n")


def watch(folder):
    """What the guard's timer runs: put back unless the change was confirmed in time."""
    while True:
        try:
            book = journal.read(folder)
        except FileNotFoundError:
            return 0  # confirmed
        if book["boot"] == clock.boot_id():
            if book["state"] == journal.OPEN and journal.alive(book):
                # A visit has its own limit; beyond that it hangs, and the promise of the guard counts.
                if book["limit"] is None or clock.now() < book["limit"]:
                    time.sleep(0.2)
                    continue
                with contextlib.suppress(ProcessLookupError):
                    os.kill(book["pid"], signal.SIGKILL)
            elif book["state"] == journal.UNCONFIRMED and clock.now() < book["deadline"]:
                time.sleep(min(1.0, max(0.05, book["deadline"] - clock.now())))
                continue
        try:
            failures, notes = rollback.put_back(folder)
        except FileNotFoundError:
            return 0  # confirmed a moment ago
        for line in notes + failures:
            _say(line)
        if failures:
            return 1
        if journal.read(folder)["state"] == journal.CONFIRMED:
            return 0
        journal.disarm(book)
        _say(f"{book['id']}: not confirmed in time, the state before it is back")
        return 0


def at_boot(folder):
    """What the guard runs early in a boot: the files of before, so that the host starts with them."""
    try:
        book = journal.read(folder)
        if book["boot"] == clock.boot_id():
            return 0
        failures, notes = rollback.put_back(folder, boot=True)
    except FileNotFoundError:
        return 0
    for line in notes + failures:
        _say(line)
    return 1 if failures else 0


def check(folder):
    """Run when the guard is armed: everything that putting back takes can be imported and read."""
    for entry in journal.read(folder)["paths"]:
        if entry.get("saved"):
            place.read(os.path.join(folder, journal.SAVED, entry["saved"]))
    return 0


def main(arguments):
    """Run by the guard's units: `watcher.py watch|boot|check <folder>`."""
    tasks = {"watch": watch, "boot": at_boot, "check": check}
    if len(arguments) != 2 or arguments[0] not in tasks:
        _say("usage: watcher.py watch|boot|check FOLDER")
        return 2
    return tasks[arguments[0]](arguments[1])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
