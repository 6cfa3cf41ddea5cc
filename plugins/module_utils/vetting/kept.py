# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copies of what was approved, kept on the host by hash: so that a change can be shown as a change."""

from __future__ import annotations

import io
import os
import re
import tarfile

from ansible_collections.hearthwall.home.plugins.module_utils.host import place
from ansible_collections.hearthwall.home.plugins.module_utils.vetting import content

FOLDER = "/var/lib/hearthwall/vetted"
MOST = 64 << 20


def hashes(folder=FOLDER):
    """Return the hashes of which a copy is kept."""
    if not os.path.isdir(folder):
        return []
    return sorted(
        match.group(1)
        for match in (re.match(r"([0-9a-f]{64})\.tar\.gz$", name) for name in os.listdir(folder))
        if match
    )


def keep(path, sha256, folder=FOLDER):
    """Keep a copy of what is at a path if it still has that hash; return whether it is kept."""
    held = content.read(path)
    if held.sha256 != sha256 or held.size > MOST:
        return False
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in sorted(held.files):
            archive.add(os.path.realpath(_place(path, name)), arcname=name, recursive=False)
    for parent in (os.path.dirname(folder), folder):
        place.put_directory(parent, 0o700, os.geteuid(), os.getegid())
    place.put_file(os.path.join(folder, f"{sha256}.tar.gz"), packed.getvalue(), 0o600, os.geteuid(), os.getegid())
    return True


def _place(path, name):
    return os.path.join(path, name) if os.path.isdir(path) else path


def texts(sha256, folder=FOLDER):
    """Return {name: bytes} of the copy of a hash, or None where there is none."""
    try:
        with tarfile.open(os.path.join(folder, f"{sha256}.tar.gz"), "r:gz") as archive:
            return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}
    except (OSError, tarfile.TarError):
        return None
