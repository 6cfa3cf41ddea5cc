# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stood before a change, on disk, and putting it back.

A journal is a folder below /var/lib/hearthwall/journal. It is complete and synced before anything is touched,
so that whoever comes next - the visit itself, the guard's timer, the boot, the next visit - can put everything
back, as often as it takes. A copy of this file and of those it imports lies with every guarded journal:
standard library only.
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
import signal
import stat
import sys
import time

try:
    from ansible_collections.hearthwall.home.plugins.module_utils.visit import command, place, ruleset, units
except ImportError:  # run by the guard, from the folder that it was written to
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


def utc(when=None):
    """Return a time as ISO 8601 in UTC."""
    moment = datetime.datetime.fromtimestamp(time.time() if when is None else when, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def clock():
    """Return seconds since boot, suspended time included; nobody can set this clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id():
    """Return what tells this boot of the kernel (or of the container) from every other."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        kernel = file.read().strip()
    # A container shares the kernel's: the start of its first process tells its boots apart.
    return f"{kernel}-{started(1)}"


def started(pid):
    """Return when a process started, in the kernel's ticks, or None if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            words = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if words[0] in "ZX" else int(words[19])


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
        "boot": boot_id(),
        "pid": os.getpid(),
        "started": started(os.getpid()),
        "limit": None if limit is None else clock() + limit,
        "deadline": None,
        "made": utc(),
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
        until = clock() + wait
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise
                if clock() > until:
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
    return book["boot"] == boot_id() and book["started"] is not None and started(book["pid"]) == book["started"]


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
            remaining = max(0, round(book["deadline"] - clock())) if book["boot"] == boot_id() else 0
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
        _disarm(read(folder))
        shutil.rmtree(folder)


def put_back(folder, boot=False):
    """Put back what stood before; return (failures, notes). Doing it twice does no harm.

    ``boot``: the host is starting, so units are not waited for and the kernel's rules are not there yet.
    """
    with locked(folder):
        book = read(folder)
        if book["state"] in SETTLED:
            return [], []
        failures, notes = [], []
        steps = [lambda: _put_back_paths(folder, book, failures, notes)]
        if book["touched"]:
            steps = [
                lambda: _stop_units(book, failures, boot),
                *steps,
                lambda: _start_units(book, failures, boot),
            ]
            if not boot:
                steps += [lambda: _run_commands(book, failures), lambda: _put_back_runtime(folder, book, failures)]
        for step in steps:
            try:
                step()
            except Exception as error:  # one step's failure must not keep the others from being tried
                failures.append(str(error) or type(error).__name__)
        if failures:
            saved = ", ".join(
                f"{entry['path']} is {SAVED}/{entry['saved']}" for entry in book["paths"] if entry.get("saved")
            )
            where = f"the saved copies are in {folder}" + (f" ({saved})" if saved else "")
            update(folder, state=STUCK, failures=[*failures, where])
            return [*failures, where], notes
        if boot:
            # The timer does the rest (commands, the state of units) when the system is up.
            update(folder, files_restored=utc())
        else:
            update(folder, state=RESTORED, restored=utc())
            shutil.rmtree(os.path.join(folder, SAVED), ignore_errors=True)
        return failures, notes


def _attempt(failures, what, action, *arguments):
    try:
        return action(*arguments)
    except (OSError, place.PlaceError, command.CommandError) as error:
        failures.append(f"{what}: {error}")
        return None


def _put_back_paths(folder, book, failures, notes):
    for parent in dict.fromkeys(os.path.dirname(entry["path"]) for entry in book["paths"]):
        with contextlib.suppress(OSError, place.PlaceError):
            place.sweep(parent)
    for entry in reversed(book["paths"]):
        _attempt(failures, entry["path"], _put_back_path, folder, entry, notes)


def _put_back_path(folder, entry, notes):
    path, kind = entry["path"], entry["type"]
    try:
        now = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        now = None
    if kind == "absent":
        try:
            place.remove(path)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
            notes.append(f"{path} was made by this visit but holds files that it did not write: left in place")
    elif kind == "directory":
        place.put_directory(path, entry["mode"], entry["uid"], entry["gid"])
    elif kind == "link":
        if not (now and stat.S_ISLNK(now.st_mode) and os.readlink(path) == entry["target"]):
            place.put_link(path, entry["target"])
    else:
        with open(os.path.join(folder, SAVED, entry["saved"]), "rb") as file:
            data = file.read()
        same = (
            now
            and stat.S_ISREG(now.st_mode)
            and (stat.S_IMODE(now.st_mode), now.st_uid, now.st_gid) == (entry["mode"], entry["uid"], entry["gid"])
            and now.st_mtime_ns == entry["times"][1]
            and place.read(path) == data
        )
        if not same:
            place.put_file(path, data, entry["mode"], entry["uid"], entry["gid"], times=tuple(entry["times"]))


def _now(book):
    return units.show([unit["name"] for unit in book["units"]]) if book["units"] else {}


def _stop_units(book, failures, boot):
    """While their files are still there: stop and disable what did not run or did not start at boot before."""
    now = _now(book)
    wait = ["--no-block"] if boot else []
    for unit in book["units"]:
        name = unit["name"]
        # While the host starts, what is enabled is about to run.
        runs = now[name]["active"] in units.RUNNING or (boot and now[name]["enabled"] == "enabled")
        if unit["active"] not in units.RUNNING and runs:
            _attempt(failures, name, units.systemctl, *wait, "stop", name)
        if unit["enabled"] in ("disabled", "absent") and now[name]["enabled"] == "enabled":
            _attempt(failures, name, units.systemctl, "disable", name)


def _start_units(book, failures, boot):
    """With their files back: what ran before runs again, with what it had before."""
    if units.below_unit_folders(entry["path"] for entry in book["paths"]) and not boot:
        _attempt(failures, "units", units.systemctl, "daemon-reload")
    now = _now(book)
    for unit in book["units"]:
        name = unit["name"]
        if now[name]["enabled"] == "masked" and unit["enabled"] not in ("masked", "absent"):
            _attempt(failures, name, units.systemctl, "unmask", name)
        if unit["enabled"] == "enabled" and now[name]["enabled"] != "enabled":
            _attempt(failures, name, units.systemctl, "enable", name)
        if unit["enabled"] == "masked" and now[name]["enabled"] != "masked":
            _attempt(failures, name, units.systemctl, "mask", name)
        if unit["active"] in units.RUNNING:
            if boot:
                _attempt(failures, name, units.systemctl, "--no-block", "start", name)
            elif now[name]["active"] not in units.RUNNING or unit["again"] == "restart":
                _attempt(failures, name, units.systemctl, "restart", name)
            elif unit["again"] == "reload":
                _attempt(failures, name, units.systemctl, "reload-or-restart", name)


def _run_commands(book, failures):
    for entry in book["commands"]:
        _attempt(failures, "afterwards", command.run, entry["argv"], entry.get("timeout") or command.TIMEOUT)


def _put_back_runtime(folder, book, failures):
    if "nftables" in book["runtime"]:
        _attempt(failures, "nftables", ruleset.put_back, os.path.join(folder, book["runtime"]["nftables"]))


def _disarm(book):
    """Take the guard's own units away again."""
    guard = book.get("guard")
    if not guard:
        return
    for path in guard["files"]:
        place.remove(path)
    with contextlib.suppress(command.CommandError):
        units.systemctl("--no-block", "stop", guard["timer"])
        units.systemctl("--no-block", "daemon-reload")


def _say(line):
    """What the guard's units say ends in the host's log."""
    sys.stderr.write(f"{line}\n")


def watch(folder):
    """What the guard's timer runs: put back unless the change was confirmed in time."""
    while True:
        try:
            book = read(folder)
        except FileNotFoundError:
            return 0  # confirmed
        if book["boot"] == boot_id():
            if book["state"] == OPEN and alive(book):
                # A visit has its own limit; beyond that it hangs, and the promise of the guard counts.
                if book["limit"] is None or clock() < book["limit"]:
                    time.sleep(0.2)
                    continue
                with contextlib.suppress(ProcessLookupError):
                    os.kill(book["pid"], signal.SIGKILL)
            elif book["state"] == UNCONFIRMED and clock() < book["deadline"]:
                time.sleep(min(1.0, max(0.05, book["deadline"] - clock())))
                continue
        try:
            failures, notes = put_back(folder)
        except FileNotFoundError:
            return 0  # confirmed a moment ago
        for line in notes + failures:
            _say(line)
        if failures:
            return 1
        if read(folder)["state"] == CONFIRMED:
            return 0
        _disarm(book)
        _say(f"{book['id']}: not confirmed in time, the state before it is back")
        return 0


def at_boot(folder):
    """What the guard runs early in a boot: the files of before, so that the host starts with them."""
    try:
        book = read(folder)
        if book["boot"] == boot_id():
            return 0
        failures, notes = put_back(folder, boot=True)
    except FileNotFoundError:
        return 0
    for line in notes + failures:
        _say(line)
    return 1 if failures else 0


def check(folder):
    """Run when the guard is armed: everything that putting back takes can be imported and read."""
    for entry in read(folder)["paths"]:
        if entry.get("saved"):
            place.read(os.path.join(folder, SAVED, entry["saved"]))
    return 0


def main(arguments):
    """Run by the guard's units: `journal.py watch|boot|check <folder>`."""
    tasks = {"watch": watch, "boot": at_boot, "check": check}
    if len(arguments) != 2 or arguments[0] not in tasks:
        _say("usage: journal.py watch|boot|check FOLDER")
        return 2
    return tasks[arguments[0]](arguments[1])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
