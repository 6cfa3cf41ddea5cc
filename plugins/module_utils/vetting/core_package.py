# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Home Assistant's installed package on this host: which integrations are its own, which custom ones it refuses."""

from __future__ import annotations

import ast
import glob
import os
import re

from ansible_collections.hearthwall.home.plugins.module_utils.ha import install

PLACES = ("lib/python3*/site-packages", "lib/python3*/dist-packages", "lib/python3/dist-packages")
# Where the published container image has it.
IMAGE = "usr/src/homeassistant"
BLOCKED = "BLOCKED_CUSTOM_INTEGRATIONS"


def of_process(pid, arguments):
    """Return the directory of the package that a running Home Assistant was started from, or None."""
    root = f"/proc/{pid}/root"
    prefixes = [os.path.dirname(os.path.dirname(argument)) for argument in arguments[:2] if argument.startswith("/")]
    for prefix in (*prefixes, "/usr/local", "/usr"):
        for place in PLACES:
            for folder in sorted(glob.glob(f"{root}{prefix}/{place}/homeassistant")):
                if os.path.isdir(os.path.join(folder, "components")):
                    return folder
    folder = f"{root}/{IMAGE}/homeassistant"
    return folder if os.path.isdir(os.path.join(folder, "components")) else None


def find(config_dir):
    """Return the package of the Home Assistant that runs on a configuration directory, or None."""
    for pid, arguments in install.processes():
        place = install.host_path(pid, install.config_argument(arguments) or os.path.expanduser("~/.homeassistant"))
        if place is not None and os.path.realpath(place) == os.path.realpath(config_dir):
            return of_process(pid, arguments)
    return None


def has_component(package, domain):
    """Return whether an integration of this name is part of Home Assistant itself."""
    return os.path.isfile(os.path.join(package, "components", domain, "manifest.json"))


def blocked(package):
    """Return {domain: (lowest good version or None, reason)} of the custom integrations that it refuses to load.

    Read from the text: the source may be of a newer Python than this one.
    """
    with open(os.path.join(package, "loader.py"), encoding="utf-8") as file:
        text = file.read()
    start = re.search(rf"^{BLOCKED}\b[^=]*=\s*\{{", text, re.MULTILINE)
    end = re.compile(r"^\}", re.MULTILINE).search(text, start.end()) if start else None
    if end is None:
        raise ValueError(f"{BLOCKED} is not in loader.py")
    table = ast.parse("{" + text[start.end() : end.end()], mode="eval").body
    found = {}
    for key, value in zip(table.keys, table.values):
        version, reason = [*value.args[:2], None, None][:2]
        lowest = version.args[0].value if isinstance(version, ast.Call) else None
        found[key.value] = (lowest, reason.value if isinstance(reason, ast.Constant) else "")
    return found


def is_blocked(table, domain, version):
    """Return the reason for which a version of a custom integration is refused, or None."""
    if domain not in table:
        return None
    lowest, reason = table[domain]
    if lowest is not None and version is not None and numbers(version) >= numbers(lowest):
        return None
    return reason if lowest is None else f"{reason}; good from {lowest} on"


def numbers(version):
    """Return a version as the numbers to compare it by."""
    return [int(number) for number in re.findall(r"\d+", str(version).split("+", maxsplit=1)[0])]
