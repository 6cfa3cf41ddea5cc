# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The look at what could be updated on a host, without asking Home Assistant or the network: files alone.

Home Assistant keeps the last states of its update entities; apt keeps its package lists. What only Home Assistant's API
tells (repairs, deprecations) was written down when it was last asked, with the time.
"""

from __future__ import annotations

import datetime
import glob
import json
import os
import re
import subprocess

from ansible_collections.hearthwall.home.plugins.module_utils.updates import releases, state

PART = "updates"
LISTS = "/var/lib/apt/lists"
_UPGRADE = re.compile(r"Inst (\S+) (?:\[(\S+)\] )?\((\S+) ([^)]*)\)")
SECURITY = re.compile(r"security", re.IGNORECASE)


def look(parameters):
    """Return (value, unknown). Parameters: ``config_dir``, ``unit``, ``releases``."""
    unknown = {}
    value = {
        "pending": entities(parameters.get("config_dir"), unknown) + packages(unknown),
        "releases": releases.found(parameters.get("releases") or releases.FOLDER),
        "lists_age_hours": lists_age(),
        "reboot_required": os.path.exists("/run/reboot-required"),
        "unattended": unattended(),
        "asked": state.asked(),
        "seen": state.seen(),
        "unfinished": state.unfinished(),
    }
    return value, unknown


def entities(config_dir, unknown):
    """Return the pending updates that Home Assistant's update entities have told last."""
    path = os.path.join(config_dir or "", ".storage", "core.restore_state")
    try:
        with open(path, encoding="utf-8") as file:
            stored = json.load(file)["data"]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError) as error:
        unknown[f"{PART}.entities"] = f"core.restore_state cannot be read: {error}"
        return []
    states = [entry.get("state") or {} for entry in stored]
    return [update for told in states for update in [entity(told)] if update]


def entity(told):
    """Return the pending update that the state of an update entity tells, or None."""
    attributes = told.get("attributes") or {}
    if not str(told.get("entity_id", "")).startswith("update.") or told.get("state") != "on":
        return None
    if not attributes.get("latest_version"):
        return None  # nobody knows to what: the store behind it could not be reached
    name = attributes.get("title") or attributes.get("friendly_name") or told["entity_id"]
    kinds = {
        "Home Assistant Core": "core",
        "Home Assistant Operating System": "os",
        "Home Assistant Supervisor": "supervisor",
    }
    return {
        "kind": kinds.get(name, "integration"),
        "name": "homeassistant" if kinds.get(name) == "core" else name,
        "installed": attributes.get("installed_version"),
        "latest": attributes.get("latest_version"),
        "url": attributes.get("release_url"),
        "security": False,
    }


def packages(unknown):
    """Return the pending updates of the host's packages, from apt's own lists as they are."""
    if lists_age() is None:
        unknown[f"{PART}.packages"] = "apt has no package lists on this host"
        return []
    command = ["apt-get", "-s", "-q", "-o", "Debug::NoLocking=1", "dist-upgrade"]
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=20, check=False, env={**os.environ, "LC_ALL": "C"}
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        unknown[f"{PART}.packages"] = f"apt cannot be asked: {error}"
        return []
    if run.returncode:
        unknown[f"{PART}.packages"] = f"apt-get -s dist-upgrade fails: {run.stderr.strip().splitlines()[-1:]}"
        return []
    return parse(run.stdout)


def parse(text):
    """Return the updates that a simulated run of apt-get lists; new packages are none."""
    return [
        {
            "kind": "package",
            "name": name,
            "installed": installed,
            "latest": latest,
            "url": None,
            "security": bool(SECURITY.search(origin)),
        }
        for name, installed, latest, origin in _UPGRADE.findall(text)
        if installed
    ]


def lists_age():
    """Return how many hours ago apt's package lists were fetched, or None where there are none."""
    found = glob.glob(f"{LISTS}/*_Packages*") + glob.glob(f"{LISTS}/*Release")
    stamps = [os.stat(path).st_mtime for path in (*found, f"{LISTS}/partial") if os.path.exists(path)]
    if not found:
        return None
    now = datetime.datetime.now().timestamp()
    return max(0, int((now - max(stamps)) / 3600))


def unattended():
    """Return what apt's own configuration says of updates that install themselves."""
    try:
        run = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    settings = dict(re.findall(r'^(\S+?)(?:::)? "(.*)";$', run.stdout, re.MULTILINE))
    origins = re.findall(
        r'^Unattended-Upgrade::(?:Origins-Pattern|Allowed-Origins):: "(.*)";$', run.stdout, re.MULTILINE
    )
    return {
        "lists": settings.get("APT::Periodic::Update-Package-Lists", "0"),
        "upgrade": settings.get("APT::Periodic::Unattended-Upgrade", "0"),
        "security": any(SECURITY.search(origin) for origin in origins),
        "reboot": settings.get("Unattended-Upgrade::Automatic-Reboot", "false"),
    }
