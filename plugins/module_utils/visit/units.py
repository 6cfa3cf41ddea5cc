# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The units of the service manager, one call for as many as can be.

Standard library only: the guard runs this file by itself.
"""

from __future__ import annotations

import os

try:
    from ansible_collections.hearthwall.home.plugins.module_utils.visit import command
except ImportError:  # run by the guard, from the folder that it was written to
    import command

# A change below one of these is news to the service manager.
FOLDERS = ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/system")
TIMEOUT = 120
RUNNING = ("active", "activating", "reloading")
# What `systemctl enable` would not change any more.
ENABLED = ("enabled", "static", "indirect", "generated", "alias")


def supervised():
    """Say whether systemd runs this host."""
    return os.path.isdir("/run/systemd/system")


def systemctl(*arguments):
    """Run one systemctl command."""
    return command.run(["systemctl", "--no-pager", *arguments], timeout=TIMEOUT)


def restart(name):
    """Restart one unit. A socket is refused while what it triggers runs: that makes room, and comes back after it."""
    running = []
    if name.endswith(".socket"):
        triggered = systemctl("show", "--property=Triggers", "--value", "--", name).split()
        running = [each for each, state in show(triggered).items() if state["active"] in RUNNING]
    for each in running:
        systemctl("stop", each)
    try:
        systemctl("restart", name)
    finally:
        for each in running:
            systemctl("start", each)


def show(names):
    """Return {name: {"active", "enabled"}} of some units, whether they exist or not."""
    if not names:
        return {}
    text = systemctl("show", "--property=Id,Names,LoadState,ActiveState,UnitFileState", "--", *names)
    found = {}
    for block in text.split("\n\n"):
        unit = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        load = unit.get("LoadState")
        enabled = {"not-found": "absent", "masked": "masked"}.get(load) or unit.get("UnitFileState") or "static"
        for name in {unit.get("Id"), *unit.get("Names", "").split()}:
            found[name] = {"active": unit.get("ActiveState"), "enabled": enabled}
    return {name: found.get(name, {"active": "inactive", "enabled": "absent"}) for name in names}


def below_unit_folders(paths):
    """Say whether the service manager has to read its files again after these paths changed."""
    return any(path.startswith(folder + "/") for path in paths for folder in FOLDERS)
