# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Code moved out of Home Assistant's reach, with a note of where it came from; and back again."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import time

from ansible_collections.hearthwall.home.plugins.module_utils.host import place

FOLDER = "/var/lib/hearthwall/quarantine"
RECORD = "record.json"
CONTENT = "content"
STAGED = ".hearthwall-leaving"


class Refused(Exception):
    """What was asked for cannot be done; the message says why."""


def records(folder=FOLDER):
    """Return what is in quarantine, oldest first."""
    found = []
    for identity in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        try:
            with open(os.path.join(folder, identity, RECORD), encoding="utf-8") as file:
                found.append({**json.load(file), "id": identity})
        except (OSError, ValueError):
            continue
    return found


def move_aside(item, reasons, folder=FOLDER):
    """Move one item into quarantine and return its record. At every moment it is either here or there, whole."""
    path = item["path"]
    if not os.path.lexists(path):
        raise Refused(f"{path} is not there any more")
    for parent in (os.path.dirname(folder), folder):
        place.put_directory(parent, 0o700, os.geteuid(), os.getegid())
    label = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{item['kind']}-{item['name']}")
    identity = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{label}"
    target = os.path.join(folder, identity)
    os.mkdir(target, 0o700)
    record = {key: item.get(key) for key in ("kind", "name", "path", "version", "sha256")}
    record.update(reasons=sorted(reasons), since=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    try:
        _copy(path, os.path.join(target, CONTENT))
        with open(os.path.join(target, RECORD), "w", encoding="utf-8") as file:
            json.dump(record, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        _remove(path)
    except OSError as error:
        if os.path.lexists(path):
            shutil.rmtree(target, ignore_errors=True)
        raise Refused(f"{path} cannot be moved aside: {error}") from error
    return {**record, "id": identity}


def put_back(identity, folder=FOLDER):
    """Put what is in quarantine back where it came from."""
    record = next((each for each in records(folder) if each["id"] == identity), None)
    if record is None:
        raise Refused(f"there is no {identity} in quarantine")
    path = record["path"]
    if os.path.lexists(path):
        raise Refused(f"something else is at {path} by now")
    staged = os.path.join(os.path.dirname(path), f"{STAGED}-{os.path.basename(path)}")
    _remove(staged)
    _copy(os.path.join(folder, identity, CONTENT), staged)
    os.rename(staged, path)
    shutil.rmtree(os.path.join(folder, identity))
    return record


def _copy(source, target):
    """Copy a file or a tree with its owners; links stay links."""
    if os.path.islink(source) or not os.path.isdir(source):
        _copy_one(source, target)
        return
    os.mkdir(target, 0o700)
    for entry in os.scandir(source):
        _copy(entry.path, os.path.join(target, entry.name))
    _like(source, target)


def _copy_one(source, target):
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
    elif os.path.isfile(source):
        shutil.copyfile(source, target)
    else:
        return  # a pipe or a socket holds nothing to keep
    _like(source, target)


def _like(source, target):
    status = os.lstat(source)
    os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
    if not os.path.islink(target):
        os.chmod(target, status.st_mode & 0o7777)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _remove(path):
    """Take something away at once: renamed first, so that nobody sees half of it, where the file system can do that."""
    if not os.path.lexists(path):
        return
    staged = os.path.join(os.path.dirname(path), f"{STAGED}-{os.path.basename(path)}.gone")
    try:
        os.rename(path, staged)
    except OSError as error:
        # A directory of a lower layer of an overlay cannot be renamed. Without its manifest, nothing loads it.
        if error.errno != errno.EXDEV:
            raise
        staged = path
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(path, "manifest.json"))
    if os.path.isdir(staged) and not os.path.islink(staged):
        shutil.rmtree(staged)
    else:
        os.unlink(staged)
