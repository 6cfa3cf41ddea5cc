# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hash of a tree of code: the same over line endings, caches, order and dates; another one for anything else.

It is the SHA-256 of a listing as ``sha256sum`` writes it: one line per file, ordered by name, carriage returns before
newlines left out of text. What Python would run without its source is named beside the hash.
"""

from __future__ import annotations

import hashlib
import os
import stat

CACHE = "__pycache__"
BYTECODE = (".pyc", ".pyo")
NOISE = frozenset({".DS_Store", "Thumbs.db", ".git"})
TEXT_PROBE = 8192
BLOCK = 1 << 20
MOST_FILES = 200_000


class TooMuch(Exception):
    """The tree has more files than anybody would vet."""


class Content:
    """What one tree holds."""

    def __init__(self):
        self.files = {}
        self.size = 0
        self.oddities = []

    @property
    def sha256(self):
        """Return the hash of the whole."""
        listing = hashlib.sha256()
        for name in sorted(self.files):
            listing.update(f"{self.files[name]}  {_line(name)}\n".encode("utf-8", "surrogateescape"))
        return listing.hexdigest()


def _line(name):
    return name.replace("\\", "\\\\").replace("\n", "\\n")


def file_digest(path):
    """Return (hash, size) of a file: of a text with its carriage returns before newlines left out."""
    # Never wait on a pipe that somebody has put there.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        block = file.read(BLOCK)
        text = b"\0" not in block[:TEXT_PROBE]
        digest, size, held = hashlib.sha256(), 0, b""
        while block:
            size += len(block)
            if text:
                block = held + block
                held = b"\r" if block.endswith(b"\r") else b""
                block = block[: len(block) - len(held)].replace(b"\r\n", b"\n")
            digest.update(block)
            block = file.read(BLOCK)
        digest.update(held)
        return digest.hexdigest(), size


def _unchecked(path):
    """Return whether a cached bytecode file is run without a look at its source (PEP 552)."""
    try:
        with open(path, "rb") as file:
            header = file.read(8)
    except OSError:
        return False
    return len(header) == 8 and int.from_bytes(header[4:], "little") & 0b11 == 0b01


def read(path):
    """Return the Content of a file or of a tree. Links are followed; what leads round in a circle is not."""
    content = Content()
    if os.path.isdir(path):
        _walk(path, "", content, {os.path.realpath(path)})
    else:
        _add(path, os.path.basename(path), content)
    return content


def _walk(folder, prefix, content, above):
    names = sorted(os.listdir(folder))
    sources = {name[:-3] for name in names if name.endswith(".py")}
    for name in names:
        path, shown = os.path.join(folder, name), f"{prefix}{name}"
        if name in NOISE:
            continue
        if name == CACHE and os.path.isdir(path):
            _caches(path, shown, content)
        elif os.path.isdir(path):
            real = os.path.realpath(path)
            if real not in above:
                _walk(path, f"{shown}/", content, above | {real})
        elif name.endswith(BYTECODE) and name.rsplit(".", 1)[0] in sources:
            continue  # the source beside it goes first
        else:
            _add(path, shown, content)


def _caches(folder, shown, content):
    """Caches do not count; one that Python would run unchecked is no cache but code."""
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(BYTECODE) and _unchecked(path):
            content.oddities.append(f"{shown}/{name}: bytecode that is run without a look at its source")
            _add(path, f"{shown}/{name}", content)


def _add(path, shown, content):
    if len(content.files) >= MOST_FILES:
        raise TooMuch(f"more than {MOST_FILES} files")
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            content.files[shown] = "special"
            content.oddities.append(f"{shown}: neither a file nor a directory")
            return
        content.files[shown], size = file_digest(path)
        content.size += size
    except OSError as error:
        content.files[shown] = "unreadable"
        content.oddities.append(f"{shown}: cannot be read ({error.strerror})")
        return
    if shown.endswith(BYTECODE) and CACHE not in shown.split("/"):
        content.oddities.append(f"{shown}: bytecode without its source")
