# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Exchanging the passphrase of a repository that this host founded itself: the new one in, later the former ones out.

Wherever this is cut short, a passphrase that is kept opens the repository, and the next run goes on from there.
"""

from __future__ import annotations

import contextlib
import tempfile

from ansible_collections.hearthwall.home.plugins.module_utils.backup import restic


class Exchange:
    """One repository; ``opened`` makes a Restic for it from the path of a file with a passphrase."""

    def __init__(self, opened, present, former):
        self._opened = opened
        self._present = present
        self._former = former

    def admit(self):
        """Let the present passphrase in by a former one; say whether one of them opens the repository."""
        for passphrase in self._former:
            with self._lent(passphrase) as former:
                if _key(former) is not None:
                    former.run("key", "add", "--new-password-file", self._present)
                    return True
        return False

    def retire(self):
        """Take away what the former passphrases open, now that the present one has opened everything."""
        if not self._former:
            return
        store = self._opened(self._present)
        if len(_keys(store)) < 2:
            return
        for passphrase in self._former:
            with self._lent(passphrase) as former:
                key = _key(former)
            if key is not None:
                store.run("key", "remove", key)

    @contextlib.contextmanager
    def _lent(self, passphrase):
        """Lend a passphrase to restic as a file in memory, for as long as it takes."""
        with tempfile.NamedTemporaryFile("w", dir="/dev/shm", prefix="hearthwall-", encoding="utf-8") as file:
            file.write(passphrase + "\n")
            file.flush()
            yield self._opened(file.name)


def _key(store):
    """Return the name of the key that a passphrase opens, or None where it opens none."""
    try:
        return next(each["id"] for each in _keys(store) if each["current"])
    except restic.ResticError as error:
        if error.code != restic.WRONG_PASSWORD:
            raise
        return None


def _keys(store):
    return store.lines("key", "list", "--no-lock")[0]
