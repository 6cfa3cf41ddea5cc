# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which packages are installed, read from dpkg's own database without starting it."""

from __future__ import annotations

STATUS = "/var/lib/dpkg/status"


def look(status=STATUS):
    """Return {package: version} of what is installed and configured."""
    with open(status, encoding="utf-8", errors="replace") as database:
        return parse(database)


def parse(lines):
    """Return {package: version} from the lines of a dpkg status file."""
    installed = {}
    name = version = None
    whole = False
    for line in lines:
        if line == "\n":
            if whole and name:
                installed[name] = version
            name = version = None
            whole = False
        elif line.startswith("Package:"):
            name = line[8:].strip()
        elif line.startswith("Version:"):
            version = line[8:].strip()
        elif line.startswith("Status:"):
            # "install ok installed", "hold ok installed": the last word is what is on the disk.
            whole = line.split()[-1] == "installed"
    if whole and name:
        installed[name] = version
    return installed
