# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A copy of some trees with the new state laid over it, for a validator that must not touch the real ones."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile

from ansible_collections.hearthwall.home.plugins.module_utils.host import place
from ansible_collections.hearthwall.home.plugins.module_utils.visit import command, journal

PLACEHOLDER = "{stage}"
PREFIX = "stage-"
# A validator that takes no other root sees the copy at the real path, in a mount namespace of its own.
BIND = 'set -e; stage=$1; shift; while [ "$1" != -- ]; do mount --bind "$stage$1" "$1"; shift; done; shift; exec "$@"'


@contextlib.contextmanager
def stage(home, trees, differences, contents):
    """Yield the folder that holds the copy; ``contents`` {path: bytes} of the files that differ."""
    os.makedirs(home, mode=0o700, exist_ok=True)
    folder = tempfile.mkdtemp(prefix=PREFIX, dir=home)
    try:
        for tree in _outermost(trees):
            _copy(tree, folder)
        for item in differences:
            if any(item["name"] == tree or item["name"].startswith(tree + "/") for tree in trees):
                _lay(folder, item, contents)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prune(home):
    """Remove what visits that were killed have left; only for whoever holds the lock of the visits."""
    for name in os.listdir(home):
        if name.startswith(PREFIX):
            shutil.rmtree(os.path.join(home, name), ignore_errors=True)


def _outermost(trees):
    return [tree for tree in dict.fromkeys(trees) if not any(tree.startswith(other + "/") for other in trees)]


def _copy(tree, folder):
    target = folder + tree
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(tree) or os.path.isfile(tree):
        shutil.copy2(tree, target, follow_symlinks=False)
    elif os.path.isdir(tree):
        shutil.copytree(tree, target, symlinks=True, ignore=_special, ignore_dangling_symlinks=True)
    else:
        os.makedirs(target, exist_ok=True)


def _special(folder, names):
    """Leave sockets, pipes and devices where they are."""
    paths = {name: os.path.join(folder, name) for name in names}
    return {
        name
        for name, path in paths.items()
        if not (os.path.islink(path) or os.path.isfile(path) or os.path.isdir(path))
    }


def _lay(folder, item, contents):
    path, after = folder + item["name"], item["after"]
    if item["kind"] == "directory":
        os.makedirs(os.path.dirname(path), exist_ok=True)
        place.put_directory(path, int(after["mode"], 8), after["owner"], after["group"])
    elif item["kind"] == "file":
        os.makedirs(os.path.dirname(path), exist_ok=True)
        place.put_file(path, contents[item["name"]], int(after["mode"], 8), after["owner"], after["group"])
    elif item["kind"] == "link":
        os.makedirs(os.path.dirname(path), exist_ok=True)
        place.put_link(path, after["target"])
    elif item["kind"] == "absent":
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            place.remove(path)


def validate(folder, check):
    """Run one validator against the copy; raise CommandError where it refuses."""
    argv = check["argv"]
    if any(PLACEHOLDER in word for word in argv):
        argv = [word.replace(PLACEHOLDER, folder) for word in argv]
    elif check["trees"]:
        argv = ["unshare", "--mount", "sh", "-c", BIND, "sh", folder, *_outermost(check["trees"]), "--", *argv]
    command.run(argv, timeout=check["timeout"])


def can_bind():
    """Say whether this host lets us show a validator the copy at the real path."""
    try:
        command.run(["unshare", "--mount", "mount", "--bind", journal.HOME, journal.HOME], timeout=10)
    except command.CommandError:
        return False
    return True
