# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Putting back what a journal has kept: paths, units, commands, the kernel's rules.

Standard library only: the guard runs this file by itself.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat

try:
    from ansible_collections.hearthwall.home.plugins.module_utils.host import place
    from ansible_collections.hearthwall.home.plugins.module_utils.visit import clock, command, journal, ruleset, units
except ImportError:  # run by the guard, from the folder that it was written to
    import clock
    import command
    import journal
    import place
    import ruleset
    import units


def put_back(folder, boot=False):
    """Put back what stood before; return (failures, notes). Doing it twice does no harm.

    ``boot``: the host is starting, so units are not waited for and the kernel's rules are not there yet.
    """
    with journal.locked(folder):
        book = journal.read(folder)
        if book["state"] in journal.SETTLED:
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
                f"{entry['path']} is {journal.SAVED}/{entry['saved']}" for entry in book["paths"] if entry.get("saved")
            )
            where = f"the saved copies are in {folder}" + (f" ({saved})" if saved else "")
            journal.update(folder, state=journal.STUCK, failures=[*failures, where])
            return [*failures, where], notes
        if boot:
            # The timer does the rest (commands, the state of units) when the system is up.
            journal.update(folder, files_restored=clock.utc())
        else:
            journal.update(folder, state=journal.RESTORED, restored=clock.utc())
            shutil.rmtree(os.path.join(folder, journal.SAVED), ignore_errors=True)
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
        with open(os.path.join(folder, journal.SAVED, entry["saved"]), "rb") as file:
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
                _attempt(failures, name, units.restart, name)
            elif unit["again"] == "reload":
                _attempt(failures, name, units.systemctl, "reload-or-restart", name)


def _run_commands(book, failures):
    for entry in book["commands"]:
        _attempt(failures, "afterwards", command.run, entry["argv"], entry.get("timeout") or command.TIMEOUT)


def _put_back_runtime(folder, book, failures):
    if "nftables" in book["runtime"]:
        _attempt(failures, "nftables", ruleset.put_back, os.path.join(folder, book["runtime"]["nftables"]))
