# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stood before a change, on disk.

A journal is a folder below /var/lib/hearthwall/journal. It is complete and synced before anything is touched,
so that whoever comes next - the visit itself, the guard's timer, the boot, the next visit - can put everything
back, as often as it takes.
Standard library only: the guard runs this file by itself.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import fcntl
import json
import os
import secrets
import shutil
import stat
import time

try:
    from ansible_collections.hearthwall.home.plugins.module_utils.host import place
    from ansible_collections.hearthwall.home.plugins.module_utils.visit import clock, command, ruleset, units
except ImportError:  # run by the guard, from the folder that it was written to
    import clock
    import command
    import place
    import ruleset
    import units

SCHEMA = "hearthwall.journal/1"
HOME = "/var/lib/hearthwall"
FILE, LOCK, SAVED = "journal.json", "lock", "saved"
# open: the visit is under way, or was cut short. unconfirmed: all is in place, the guard waits for a word.
OPEN, UNCONFIRMED, CONFIRMED, RESTORED, STUCK = "open", "unconfirmed", "confirmed", "restored", "stuck"
SETTLED = (CONFIRMED, RESTORED)
KEEP = 5


class JournalError(Exception):
    """The journal does not allow what was asked of it."""


def base(home=HOME):
    """Return the folder that holds the journals."""
    return os.path.join(home, "journal")


def create(role, paths=(), unit_actions=None, runtime=(), commands=(), home=HOME, limit=None):
    """Save what stands now and return the new journal's folder; nothing has been touched yet.

    ``paths`` in the order in which they will be touched; ``unit_actions`` {unit: "reload"|"restart"|None}, what
    a running unit needs after its files are back; ``runtime`` may hold "nftables"; ``commands`` [{"argv",
    "timeout"}] run when everything else is back; ``limit`` seconds that the visit may take at most.
    """
    owner, group = os.geteuid(), os.getegid()
    for folder in (home, base(home)):
        place.put_directory(folder, 0o700, owner, group)
    identity = f"{role}-{datetime.datetime.now(datetime.timezone.utc):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    folder, unfinished = os.path.join(base(home), identity), os.path.join(base(home), f".{identity}")
    for part in (unfinished, os.path.join(unfinished, SAVED)):
        os.mkdir(part, 0o700)
    unit_actions = unit_actions or {}
    standing = units.show(sorted(unit_actions)) if unit_actions else {}
    book = {
        "schema": SCHEMA,
        "id": identity,
        "role": role,
        "state": OPEN,
        "touched": False,
        "boot": clock.boot_id(),
        "pid": os.getpid(),
        "started": clock.started(os.getpid()),
        "limit": None if limit is None else clock.now() + limit,
        "deadline": None,
        "made": clock.utc(),
        "paths": [_keep(path, unfinished, number) for number, path in enumerate(paths)],
        "units": [dict(standing[name], name=name, again=unit_actions[name]) for name in sorted(unit_actions)],
        "runtime": {},
        "commands": list(commands),
        "guard": None,
    }
    if "nftables" in runtime:
        kept = ruleset.save()
        os.mkdir(os.path.join(unfinished, "nftables"), 0o700)
        for name, data in kept.items():
            _write(os.path.join(unfinished, "nftables", name), data)
        book["runtime"]["nftables"] = "nftables"
    _write(os.path.join(unfinished, LOCK), b"")
    _store(unfinished, book)
    _sync(os.path.join(unfinished, SAVED))
    os.rename(unfinished, folder)
    _sync(base(home))
    return folder


def _keep(path, folder, number):
    parent, name = place.split(path)
    entry = {"path": path, "type": "absent"}
    try:
        with place.directory(parent) as descriptor:
            found = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            entry.update(mode=stat.S_IMODE(found.st_mode), uid=found.st_uid, gid=found.st_gid)
            if stat.S_ISLNK(found.st_mode):
                entry.update(type="link", target=os.readlink(name, dir_fd=descriptor))
            elif stat.S_ISDIR(found.st_mode):
                entry["type"] = "directory"
            elif stat.S_ISREG(found.st_mode):
                entry.update(type="file", times=[found.st_atime_ns, found.st_mtime_ns], saved=f"{number:04d}")
            else:
                raise JournalError(f"{path} is neither a file, a directory nor a link: it cannot be kept")
    except (FileNotFoundError, NotADirectoryError):
        return entry
    if entry["type"] == "file":
        _write(os.path.join(folder, SAVED, entry["saved"]), place.read(path))
    return entry


def _write(path, data):
    place.put_file(path, data, 0o600, os.geteuid(), os.getegid())


def _store(folder, book):
    _write(os.path.join(folder, FILE), (json.dumps(book, indent=1, sort_keys=True) + "\n").encode())


def _sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(folder):
    """Return what a journal says."""
    with open(os.path.join(folder, FILE), encoding="utf-8") as file:
        book = json.load(file)
    if book.get("schema") != SCHEMA:
        raise JournalError(f"{folder} was written by another version of Hearthwall ({book.get('schema')})")
    return book


def update(folder, **changes):
    """Change some of what a journal says, in one synced step, and return all of it."""
    book = dict(read(folder), **changes)
    _store(folder, book)
    return book


@contextlib.contextmanager
def locked(folder, wait=60):
    """Hold a journal's lock: confirming and putting back exclude each other."""
    with open(os.path.join(folder, LOCK), "ab") as file:
        until = clock.now() + wait
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise
                if clock.now() > until:
                    raise JournalError(f"{folder} is held by another process") from None
                time.sleep(0.05)
        yield


def folders(home=HOME):
    """Return the folders of all journals, oldest first."""
    try:
        names = sorted(name for name in os.listdir(base(home)) if not name.startswith("."))
    except FileNotFoundError:
        return []
    found = [os.path.join(base(home), name) for name in names]
    return sorted((path for path in found if os.path.exists(os.path.join(path, FILE))), key=_made)


def _made(folder):
    return os.stat(os.path.join(folder, LOCK)).st_mtime_ns


def alive(book):
    """Say whether the visit that wrote a journal is still running."""
    return (
        book["boot"] == clock.boot_id()
        and book["started"] is not None
        and clock.started(book["pid"]) == book["started"]
    )


def pending(home=HOME):
    """Return the journals whose change is neither done nor undone.

    ``unfinished``: a visit that was cut short. ``running``: one under way. ``unconfirmed``: the guard waits.
    ``stuck``: putting back failed.
    """
    found = []
    for folder in folders(home):
        book = read(folder)
        if book["state"] in SETTLED:
            continue
        state = book["state"]
        if state == OPEN:
            state = "running" if alive(book) else "unfinished"
        remaining = None
        if book["deadline"] is not None:
            remaining = max(0, round(book["deadline"] - clock.now())) if book["boot"] == clock.boot_id() else 0
        found.append(
            {
                "id": book["id"],
                "role": book["role"],
                "state": state,
                "made": book["made"],
                "remaining": remaining,
                "paths": [entry["path"] for entry in book["paths"]],
            }
        )
    return found


def close(folder):
    """The change stands: forget what stood before."""
    shutil.rmtree(folder)


def prune(home=HOME):
    """Drop what an unfinished create() left, and all but the newest records of restored changes."""
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(base(home)):
            if name.startswith(".") and time.time() - os.stat(os.path.join(base(home), name)).st_mtime > 600:
                shutil.rmtree(os.path.join(base(home), name))
    states = {folder: read(folder)["state"] for folder in folders(home)}
    restored = [folder for folder, state in states.items() if state == RESTORED]
    for folder in restored[:-KEEP] + [folder for folder, state in states.items() if state == CONFIRMED]:
        disarm(read(folder))
        shutil.rmtree(folder)


def disarm(book):
    """Take the guard's own units away again."""
    guard = book.get("guard")
    if not guard:
        return
    for path in guard["files"]:
        place.remove(path)
    with contextlib.suppress(command.CommandError):
        units.systemctl("--no-block", "stop", guard["timer"])
        units.systemctl("--no-block", "daemon-reload")
