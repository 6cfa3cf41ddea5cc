# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Putting things at paths so that nobody sees half of them and no planted link leads astray.

Everything works on the descriptor of the parent directory. A link on the way there is followed only
where nobody but root could have put it; the last component is never followed.
Standard library only: the guard runs this file by itself.
"""

from __future__ import annotations

import contextlib
import errno
import grp
import hashlib
import os
import pwd
import re
import secrets
import stat

# How many links may be met on the way to one parent (the kernel's own limit).
LINKS = 40
LEFT_OVER = re.compile(r"^\.hearthwall-[0-9a-f]{16}$")
# Fingerprints of secret files are slow and salted, so that a snapshot is no help in guessing them.
ROUNDS = 20000


class PlaceError(Exception):
    """Something stands in the way at a path, or the way there cannot be trusted."""


def split(path):
    """Return (parent, name) of an absolute, normalised path."""
    if not os.path.isabs(path) or os.path.normpath(path) != path or path == "/":
        raise PlaceError(f"{path!r} is not an absolute, normalised path")
    return os.path.split(path)


def user_id(name):
    """Return the uid of a user's name or number."""
    return _number("user", name, lambda known: pwd.getpwnam(known).pw_uid)


def group_id(name):
    """Return the gid of a group's name or number."""
    return _number("group", name, lambda known: grp.getgrnam(known).gr_gid)


def _number(kind, name, look_up):
    name = str(name)
    try:
        return int(name) if name.isdigit() else look_up(name)
    except KeyError:
        raise PlaceError(f"there is no {kind} {name!r}") from None


def user_name(number):
    """Return the name of a uid, or its digits where it has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group_name(number):
    """Return the name of a gid, or its digits where it has none."""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _ours_alone(found):
    return found.st_uid in (0, os.geteuid()) and not found.st_mode & 0o022


@contextlib.contextmanager
def directory(path):
    """Open a directory by walking down from the root; yield its descriptor."""
    rest = [part for part in path.split("/") if part]
    links = 0
    # Per level: the descriptor, and whether everything so far is in root's hands alone.
    levels = [(os.open("/", os.O_PATH | os.O_DIRECTORY), True)]
    try:
        while rest:
            name = rest.pop(0)
            here, trusted = levels[-1]
            if name == "..":
                if len(levels) > 1:
                    os.close(levels.pop()[0])
                continue
            found = os.stat(name, dir_fd=here, follow_symlinks=False)
            trusted = trusted and _ours_alone(os.fstat(here))
            if stat.S_ISLNK(found.st_mode):
                links += 1
                if links > LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                if not trusted:
                    raise PlaceError(
                        f"{name!r} on the way to {path} is a link that others than root could have put there"
                    )
                target = os.readlink(name, dir_fd=here)
                if target.startswith("/"):
                    while len(levels) > 1:
                        os.close(levels.pop()[0])
                rest = [part for part in target.split("/") if part not in ("", ".")] + rest
                continue
            levels.append((os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here), trusted))
        descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=levels[-1][0])
    finally:
        for level in levels:
            os.close(level[0])
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def fingerprint(data, salt=None):
    """Return what tells this content from any other: plain for public, slow and salted for secret data."""
    if salt is None:
        return hashlib.sha256(data).hexdigest()
    return hashlib.pbkdf2_hmac("sha256", data, bytes.fromhex(salt), ROUNDS).hex()


def _content(descriptor):
    data = bytearray()
    while True:
        block = os.read(descriptor, 1 << 20)
        if not block:
            return bytes(data)
        data += block


def read(path):
    """Return the content of a regular file, following no link at its end."""
    parent, name = split(path)
    with directory(parent) as folder:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise PlaceError(f"{path} is not a regular file")
            return _content(descriptor)
        finally:
            os.close(descriptor)


ABSENT = {
    "type": "absent",
    "mode": None,
    "owner": None,
    "group": None,
    "uid": None,
    "gid": None,
    "sha256": None,
    "size": None,
    "target": None,
}


def state(path, secret=False):
    """Return what stands at a path, in the words of the snapshot."""
    parent, name = split(path)
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return dict(ABSENT)
    answer = {
        "type": "other",
        "mode": f"{stat.S_IMODE(found.st_mode):04o}",
        "owner": user_name(found.st_uid),
        "group": group_name(found.st_gid),
        "uid": found.st_uid,
        "gid": found.st_gid,
        "sha256": None,
        "size": found.st_size,
        "target": None,
    }
    if stat.S_ISDIR(found.st_mode):
        answer.update(type="directory", size=None)
    elif stat.S_ISLNK(found.st_mode):
        answer.update(type="link", mode=None, target=os.readlink(path))
    elif stat.S_ISREG(found.st_mode):
        answer["type"] = "file"
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            data = _content(descriptor)
        finally:
            os.close(descriptor)
        if secret:
            salt = secrets.token_hex(16)
            answer.update(size=None, salt=salt, digest=fingerprint(data, salt))
        else:
            answer["sha256"] = fingerprint(data)
    return answer


def _temporary():
    return f".hearthwall-{secrets.token_hex(8)}"


def sweep(path):
    """Remove what a process that was killed in the middle of put_file() or put_link() left in a directory."""
    with directory(path) as folder:
        for name in os.listdir(folder):
            if LEFT_OVER.match(name) and _type(folder, name) in ("file", "link"):
                os.unlink(name, dir_fd=folder)


def put_file(path, data, mode, owner, group, times=None):
    """Replace whatever file or link stands at ``path`` in one step.

    ``mode`` is an integer; ``owner`` and ``group`` are names or numbers; ``times`` is (atime, mtime) in ns.
    """
    parent, name = split(path)
    uid, gid = user_id(owner), group_id(group)
    with directory(parent) as folder:
        if _type(folder, name) == "directory":
            raise PlaceError(f"{path} is a directory, where a file should be")
        temporary = _temporary()
        # Nobody may open it before it has its owner and mode; our descriptor can write all the same.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0, dir_fd=folder)
        try:
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(descriptor, view) :]
                own = os.fstat(descriptor)
                if (own.st_uid, own.st_gid) != (uid, gid):
                    os.fchown(descriptor, uid, gid)
                os.fchmod(descriptor, mode)
                if times:
                    os.utime(descriptor, ns=times)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            raise
        os.fsync(folder)


def put_link(path, target):
    """Make ``path`` a link to ``target``, replacing a file or another link in one step."""
    parent, name = split(path)
    with directory(parent) as folder:
        if _type(folder, name) == "directory":
            raise PlaceError(f"{path} is a directory, where a link should be")
        temporary = _temporary()
        os.symlink(target, temporary, dir_fd=folder)
        try:
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            raise
        os.fsync(folder)


def put_directory(path, mode, owner, group):
    """Make ``path`` a directory with this mode and owner, never wider in between."""
    parent, name = split(path)
    uid, gid = user_id(owner), group_id(group)
    with directory(parent) as folder:
        kind = _type(folder, name)
        if kind == "absent":
            os.mkdir(name, 0o700, dir_fd=folder)
        elif kind != "directory":
            raise PlaceError(f"{path} is a {kind}, where a directory should be")
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
        try:
            own = os.fstat(descriptor)
            if (own.st_uid, own.st_gid) != (uid, gid):
                os.fchmod(descriptor, stat.S_IMODE(own.st_mode) & mode)
                os.fchown(descriptor, uid, gid)
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.fsync(folder)


def remove(path):
    """Remove a file, a link or an empty directory; nothing there is fine."""
    parent, name = split(path)
    try:
        with directory(parent) as folder:
            if _type(folder, name) == "directory":
                os.rmdir(name, dir_fd=folder)
            else:
                os.unlink(name, dir_fd=folder)
            os.fsync(folder)
    except (FileNotFoundError, NotADirectoryError):
        return


def _type(folder, name):
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return "absent"
    if stat.S_ISDIR(found.st_mode):
        return "directory"
    if stat.S_ISLNK(found.st_mode):
        return "link"
    return "file" if stat.S_ISREG(found.st_mode) else "special file"
