# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What kind of system a host is."""

from __future__ import annotations

import os
import platform

from ansible_collections.hearthwall.home.plugins.module_utils.host import services


def look(release="/etc/os-release"):
    """Return the distribution, the host's name, its Python and its service manager."""
    facts = {}
    try:
        with open(release, encoding="utf-8") as lines:
            facts = parse(lines)
    except FileNotFoundError:
        facts = {}
    return {
        "distribution": facts.get("ID", "unknown"),
        "version": facts.get("VERSION_ID", "unknown"),
        "codename": facts.get("VERSION_CODENAME", ""),
        "hostname": os.uname().nodename,
        "python": platform.python_version(),
        "service_manager": "systemd" if services.supervised() else None,
        "privileged": os.geteuid() == 0,
    }


def parse(lines):
    """Return the assignments of an os-release file."""
    facts = {}
    for line in lines:
        key, separator, value = line.strip().partition("=")
        if separator and not key.startswith("#"):
            facts[key] = value.strip("\"'")
    return facts
