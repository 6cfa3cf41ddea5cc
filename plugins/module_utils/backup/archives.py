# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The archives that lie in Home Assistant's own backup folder: when, how big, encrypted or not, for whom to read."""

from __future__ import annotations

import json
import os
import stat
import tarfile

from ansible_collections.hearthwall.home.plugins.module_utils.backup import securetar
from ansible_collections.hearthwall.home.plugins.module_utils.host import place

FOLDER = "backups"
MOST = 200


def folder_of(config_dir):
    """Return where Home Assistant keeps its archives."""
    return os.path.join(config_dir, FOLDER)


def look(config_dir):
    """Return {path, mode, owner, group, found: [archive]}, the newest archive first."""
    path = folder_of(config_dir)
    about = {"path": path, "mode": None, "found": []}
    like = os.stat(path if os.path.isdir(path) else config_dir)
    about.update(owner=place.user_name(like.st_uid), group=place.group_name(like.st_gid))
    if os.path.isdir(path):
        about["mode"] = f"{stat.S_IMODE(like.st_mode):04o}"
        names = [name for name in os.listdir(path) if name.endswith(".tar")]
        paths = [os.path.join(path, name) for name in names]
        newest = sorted(paths, key=lambda each: os.lstat(each).st_mtime, reverse=True)
        about["found"] = [read(each) for each in newest[:MOST]]
    return about


def read(path):
    """Return what one archive says of itself, and whether what is in it is really encrypted."""
    status = os.lstat(path)
    found = {
        "name": os.path.basename(path),
        "size": status.st_size,
        "mode": f"{stat.S_IMODE(status.st_mode):04o}",
        "date": None,
        "automatic": False,
        "encrypted": None,
    }
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                name = os.path.normpath(member.name)
                if name == "backup.json":
                    about = json.load(archive.extractfile(member))
                    extra = about.get("extra") or {}
                    found["date"] = about.get("date")
                    found["automatic"] = bool(extra.get("with_automatic_settings"))
                elif name.endswith(securetar.INNER):
                    sealed = securetar.encrypted(archive.extractfile(member).read(512))
                    found["encrypted"] = sealed and found["encrypted"] is not False
    except (OSError, ValueError, tarfile.TarError) as error:
        found["broken"] = str(error) or type(error).__name__
    return found


def header(path):
    """Return the first bytes of the first encrypted archive inside: they tell whether a password is the right one."""
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                if os.path.normpath(member.name).endswith(securetar.INNER):
                    return archive.extractfile(member).read(securetar.HEADER)
    except (OSError, ValueError, tarfile.TarError):
        pass
    return b""
