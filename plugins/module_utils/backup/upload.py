# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The program that copies this host off itself, run by hearthwall-backup.service: upload, read back, prove, note.

For every target in turn; what fails at one of them is noted and does not keep it from the next.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time

from ansible_collections.hearthwall.home.plugins.module_utils.backup import (
    archives,
    exchange,
    restic,
    securetar,
    state,
)

SETTLE = 900  # seconds that an archive may take to be written to its end
STALLED = 120  # seconds after which a file that nothing was added to is not being written any more
INCOMPLETE = 3  # restic: some files could not be read, the snapshot stands


class Failed(Exception):
    """This copy did not succeed; the text says why."""


class Upload:
    """One run over all targets."""

    def __init__(self, settings):
        self.settings = settings
        self.path = settings["state"]
        self.noted = state.read(self.path) or {"schema": 1, "targets": {}}

    def run(self):
        """Copy to every target; return whether all of it succeeded."""
        self._drop_what_is_declared_no_more()
        try:
            archive = self._archive()
        except Failed as failure:
            for target in self.settings["targets"]:
                self._note(target["name"], attempted=state.now(), error=str(failure))
            return False
        done = [self._target(target, archive) for target in self.settings["targets"]]
        return all(done)

    def _drop_what_is_declared_no_more(self):
        declared = {target["name"] for target in self.settings["targets"]}
        self.noted["targets"] = {name: each for name, each in self.noted["targets"].items() if name in declared}

    def _note(self, name, **facts):
        self.noted["targets"].setdefault(name, {}).update(facts)
        state.write(self.path, self.noted)
        if facts.get("error"):
            sys.stderr.write(f"{name}: {facts['error']}\n")

    def _archive(self):
        """Return the newest archive of Home Assistant once it is written to its end, proved before it leaves."""
        folder = archives.folder_of(self.settings["config_dir"])
        deadline = time.monotonic() + SETTLE
        while True:
            names = [name for name in _listed(folder) if name.endswith(".tar")]
            paths = sorted((os.path.join(folder, name) for name in names), key=os.path.getmtime, reverse=True)
            if not paths:
                raise Failed("Home Assistant has made no archive yet")
            before = os.stat(paths[0])
            try:
                password = self._password(paths[0])
                with open(paths[0], "rb") as file:
                    proof, digest = self._prove(file, password)
            except securetar.Unprovable as error:
                why = f"the newest archive on this host, {os.path.basename(paths[0])}: {error}"
                growing = time.time() - before.st_mtime < STALLED
                if not growing or not isinstance(error, securetar.Damaged) or time.monotonic() > deadline:
                    raise Failed(why) from error
                time.sleep(5)
                continue
            return {"path": paths[0], "password": password, "sha256": digest, "size": before.st_size, **proof}

    def _password(self, path):
        """Return the password that opens an archive: while keys are being exchanged, it may be the former one."""
        with open(self.settings["archive_password_file"], encoding="utf-8") as file:
            passwords = file.read().split()
        head = archives.header(path)
        return next((each for each in passwords if securetar.opens(head, each)), passwords[0])

    @staticmethod
    def _prove(stream, password):
        watched = _Hashed(stream)
        proof = securetar.prove(watched, password)
        while watched.read(1 << 20):
            pass
        return proof, watched.digest.hexdigest()

    def _target(self, target, archive):
        name = target["name"]
        self._note(name, attempted=state.now(), error=None)
        present = self.settings["password_file"]

        def opened(password_file):
            return restic.Restic(
                target["repository"],
                password_file,
                target.get("options") or (),
                target.get("environment_file"),
                self.settings["cache"],
                self.settings["limit_kib"],
            )

        try:
            # Which keys open a store of ours is the store's own affair.
            keys = exchange.Exchange(opened, present, self._former() if target.get("initialise") else [])
            store = opened(present)
            self._initialise(store, target, keys)
            began = time.monotonic()
            snapshot, size = self._copy(store)
            self._note(
                name,
                succeeded=state.now(),
                snapshot=snapshot,
                added=size,
                seconds=round(time.monotonic() - began, 1),
                archive={key: archive[key] for key in ("sha256", "size", "date", "release")},
            )
            self._read_back(store, name, snapshot, archive)
            keys.retire()
        except (Failed, restic.ResticError, securetar.Unprovable, OSError, ValueError) as error:
            self._note(name, error=str(error))
            return False
        return True

    @staticmethod
    def _initialise(store, target, keys):
        """Make the repository where there is none; a store of ours has made it already."""
        try:
            store.run("cat", "config")
        except restic.ResticError as error:
            if error.code == restic.MISSING and target.get("initialise"):
                store.run("init")
            elif error.code != restic.WRONG_PASSWORD or not keys.admit():
                raise

    def _former(self):
        with open(self.settings["former_passphrases_file"], encoding="utf-8") as file:
            return file.read().split()

    def _copy(self, store):
        # Locks of runs that died; a living one refreshes its lock, so this never takes it away.
        store.run("unlock")
        excluded = [word for path in self.settings["excludes"] for word in ("--exclude", path)]
        found = store.lines(
            "backup",
            *excluded,
            "--host",
            self.settings["host"],
            "--tag",
            "hearthwall",
            *[path for path in self.settings["sources"] if os.path.lexists(path)],
            fine=(0, INCOMPLETE),
        )
        summary = next((each for each in found if each.get("message_type") == "summary"), None)
        if summary is None:
            raise Failed("restic backup said nothing of a snapshot")
        return summary["snapshot_id"], summary.get("data_added_packed", 0)

    def _read_back(self, store, name, snapshot, archive):
        began = time.monotonic()
        process = store.start("dump", snapshot, archive["path"])
        try:
            proof, digest = self._prove(process.stdout, archive["password"])
        except securetar.Unprovable as error:
            raise Failed(f"the copy that was read back: {error}") from error
        finally:
            process.stdout.close()
            complaint = process.stderr.read()
            if process.wait():
                raise Failed(restic.complaint("dump", complaint))
        if digest != archive["sha256"]:
            raise Failed("the copy that was read back differs from the archive on this host")
        # Without a lock: a device has no business keeping its store from anything.
        store.run("check", "--no-lock", f"--read-data-subset={self.settings['subset']}")
        self._note(name, proved=state.now(), proof={**proof, "seconds": round(time.monotonic() - began, 1)})


class _Hashed:
    """A stream of which everything read is hashed."""

    def __init__(self, stream):
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size):
        data = self._stream.read(size)
        self.digest.update(data)
        return data


def _listed(folder):
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


@contextlib.contextmanager
def alone(path):
    """Hold a lock for this run; two at once would only wait for each other."""
    with open(path, "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit("Another run is under way, and does what this one would.") from None
        yield


def main(path):
    with open(path, encoding="utf-8") as file:
        settings = json.load(file)
    os.makedirs(settings["cache"], mode=0o700, exist_ok=True)
    with alone(f"{settings['state']}.lock"):
        succeeded = Upload(settings).run()
    return 0 if succeeded else 1


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1]))
    except subprocess.SubprocessError as error:
        raise SystemExit(str(error)) from error
