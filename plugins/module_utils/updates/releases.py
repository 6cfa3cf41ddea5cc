# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases of Home Assistant that lie ready on a host, each a file system or a virtual environment of its own."""

from __future__ import annotations

import glob
import os
import re

FOLDER = "/srv/homeassistant/releases"
PACKAGES = ("opt/homeassistant/lib/python3*/site-packages", "lib/python3*/site-packages", "usr/src/homeassistant")
_PART = re.compile(r'^(MAJOR|MINOR|PATCH)_VERSION(?:: Final)? *= *"?([^"\n]+)"?$', re.MULTILINE)


def found(folder):
    """Return [{version, path, kind}] of the releases below a folder; None where there is no such folder."""
    if not os.path.isdir(folder):
        return None
    ready = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        version = version_of(path)
        if version:
            kind = "venv" if os.path.isfile(os.path.join(path, "pyvenv.cfg")) else "root"
            ready.append({"version": version, "path": path, "kind": kind})
    return ready


def version_of(path):
    """Return the release that a tree holds, as its own source says; None where it holds none."""
    for pattern in PACKAGES:
        for package in glob.glob(os.path.join(path, pattern, "homeassistant", "const.py")):
            try:
                with open(package, encoding="utf-8") as file:
                    parts = dict(_PART.findall(file.read()))
            except OSError:
                continue
            if len(parts) == 3:
                return f"{parts['MAJOR']}.{parts['MINOR']}.{parts['PATCH']}"
    return None
