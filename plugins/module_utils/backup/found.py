# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Founding a client's repository on its store, and seeing to it that the right keys open it.

Every step leaves a repository that some kept key opens: a key is added before another one is taken away.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import tempfile

from ansible_collections.hearthwall.home.plugins.module_utils.backup import repository, restic


class Founding:
    """What has to be done about one repository."""

    def __init__(self, order, user):
        self._order = order
        self._owner = pwd.getpwnam(user)
        self._path = order["repository"]

    def carry_out(self):
        """Found it where it is not, add the keys that are missing, retire those that are no longer."""
        if not os.path.isdir(self._path):
            os.mkdir(self._path, 0o700)
            os.chown(self._path, self._owner.pw_uid, self._owner.pw_gid)
        with self._secret("store") as own:
            store = restic.Restic(self._path, own, user=self._owner)
            if not os.path.exists(os.path.join(self._path, "config")):
                self._found(store)
            store.run("unlock")  # of a run that was killed here; what lives keeps its lock
            for whose in ("store", "passphrase"):
                if not self._opens(whose):
                    with self._secret(whose) as new:
                        store.run("key", "add", "--new-password-file", new)
            for name in self._order["retire"]:
                store.run("key", "remove", name)

    def _found(self, store):
        # A key without a repository is what is left of an attempt that was cut short.
        for folder, _folders, names in os.walk(os.path.join(self._path, "keys")):
            for name in names:
                os.unlink(os.path.join(folder, name))
        store.run("init")

    def _opens(self, whose):
        sealed = repository.keys(self._path)
        return any(repository.unlock(key, self._order[whose]) is not None for key in sealed.values())

    @contextlib.contextmanager
    def _secret(self, whose):
        """Lend a secret to restic as a file in memory that its account alone can read, for as long as it takes."""
        with tempfile.NamedTemporaryFile("w", dir="/dev/shm", prefix="hearthwall-", encoding="utf-8") as file:
            os.chown(file.name, self._owner.pw_uid, self._owner.pw_gid)
            file.write(self._order[whose] + "\n")
            file.flush()
            yield file.name
