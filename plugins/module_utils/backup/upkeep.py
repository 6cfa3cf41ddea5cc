# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The program that keeps a store of copies in order, run by hearthwall-backup-upkeep.service: check, miss, thin out.

It has a key of its own. What clients add is judged here, where they cannot reach.
"""

from __future__ import annotations

import glob
import json
import os
import sys
import time

from ansible_collections.hearthwall.home.plugins.module_utils.backup import (
    ledger,
    repository,
    restic,
    retention,
    state,
)

DAY = 86400
NOTHING = {"count": 0, "last": None, "what": {}}
# A connection that is cut leaves as many unfinished packs as restic sends at once; more than that is somebody's doing.
UNFINISHED, UNFINISHED_BYTES = 5, 5 * 128 * 1024 * 1024


class Upkeep:
    """The care of one client's repository."""

    def __init__(self, client, settings):
        self.client = client
        self.settings = settings
        self.path = client["repository"]
        self.noted_at = client["state"]
        self.noted = state.read(self.noted_at) or {"ledger": {}, "lost": [], "refused": NOTHING}
        self._junk = []
        self.store = restic.Restic(self.path, client["password_file"], cache=settings["cache"])

    def run(self):
        """Check and thin out; return whether all is well."""
        self.noted.update(attempted=state.now(), error=None)
        try:
            self._account()
            self._check()
            self._thin_out()
            self.noted.update(succeeded=state.now())
        except (restic.ResticError, OSError) as error:
            self.noted["error"] = str(error)
            sys.stderr.write(f"{self.client['name']}: {error}\n")
        self.noted["size"] = repository.size(self.path)
        state.write(self.noted_at, self.noted)
        return self.noted["error"] is None and not self.noted["lost"]

    def _account(self):
        """Miss what is gone, then remember what is there, and what clients were refused."""
        self._clear_away()
        present = ledger.snapshots(self.path)
        lost = ledger.missing(self.noted["ledger"], present)
        self.noted["lost"] = sorted({*self.noted["lost"], *lost} - set(present))
        self.noted["ledger"] = present
        log = self.client["log"]
        began = time.time()
        self._junk = junk = repository.junk(self.path, self.noted.get("hashed_until", 0))
        self.noted["hashed_until"] = began
        filled = NOTHING
        if len(junk) > UNFINISHED or sum(junk.values()) > UNFINISHED_BYTES:
            filled = {"count": len(junk), "last": state.now(), "what": {"junk": len(junk)}}
        self.noted["refused"] = ledger.together(self.noted["refused"], ledger.refused(log, self.path))
        self.noted["refused"] = ledger.together(self.noted["refused"], filled)
        if os.path.exists(log):
            os.truncate(log, 0)
        state.write(self.noted_at, self.noted)

    def _clear_away(self):
        """Take away what a full disk or a cut connection left half written: restic stumbles over it."""
        if serving(self.path):
            return  # it may be what a client is writing just now
        for kind in ("snapshots", "index"):
            for name in repository.junk(self.path, self.noted.get("hashed_until", 0), kind):
                if name not in self.noted["ledger"]:
                    os.unlink(os.path.join(self.path, kind, name))

    def _check(self):
        parts = self.settings["check_parts"]
        # A client that died, or that wants to keep us out, leaves its lock; while it is not connected it can need none.
        self.store.run("unlock", *([] if serving(self.path) else ["--remove-all"]))
        part = int(time.time() // DAY) % parts + 1
        self.store.run("check", f"--read-data-subset={part}/{parts}")
        self.noted["checked"] = state.now()

    def _thin_out(self):
        arrivals = {name: about[1] for name, about in ledger.snapshots(self.path).items()}
        keep = self.settings["keep"]
        surplus, why = retention.to_remove(arrivals, keep["daily"], keep["weekly"], keep["monthly"], time.time())
        self.noted["not_thinned_out"] = why
        if not surplus and not self._junk:
            return
        # Forgotten here before they are gone there: a run that is cut short in between must not call them lost.
        for name in surplus:
            self.noted["ledger"].pop(name, None)
        state.write(self.noted_at, self.noted)
        if surplus:
            self.store.run("forget", *surplus)
        # What nothing refers to goes with it, junk first of all.
        self.store.run("prune")
        self.noted["removed"] = len(surplus)


def serving(path):
    """Return whether a client is connected to a repository right now."""
    for arguments in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(arguments, "rb") as file:
                words = file.read().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if words[:3] == ["rclone", "serve", "restic"] and path in words:
            return True
    return False


def main(path):
    with open(path, encoding="utf-8") as file:
        settings = json.load(file)
    os.makedirs(settings["cache"], mode=0o700, exist_ok=True)
    named = [client for client in settings["clients"] if os.path.exists(os.path.join(client["repository"], "config"))]
    # One that is not well does not keep the others from their turn.
    well = [Upkeep(client, settings).run() for client in named]
    return 0 if all(well) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
