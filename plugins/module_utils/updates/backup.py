# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fresh backup through Home Assistant's own API, read to its end before anything relies on it."""

from __future__ import annotations

import json
import os
import tarfile
import time

from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError

AGENTS = ("backup.local", "hassio.local")
PATIENCE = 600
MEMBERS = ("data/.storage/auth", "data/configuration.yaml")


def make(socket, config_dir, name, password=None):
    """Return {id, path, size, encrypted} of a new backup that was proved."""
    known = {backup["backup_id"] for backup in socket.call("backup/info")["backups"]}
    agents = {agent["agent_id"] for agent in socket.call("backup/agents/info")["agents"]}
    agent = next((each for each in AGENTS if each in agents), None)
    if agent is None:
        raise HomeAssistantError("Home Assistant has no place of its own for backups (backup.local)")
    wish = {"agent_ids": [agent], "name": name, **({"password": password} if password else {})}
    socket.call("backup/generate", **wish)
    identity = _await(socket, known)
    if agent != AGENTS[0]:
        return {"id": identity, "path": None, "size": None, "encrypted": bool(password)}
    return prove(os.path.join(config_dir, "backups"), identity, bool(password))


def _await(socket, known):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        told = socket.call("backup/info")
        made = [backup["backup_id"] for backup in told["backups"] if backup["backup_id"] not in known]
        if told.get("state", "idle") == "idle":
            if made:
                return made[-1]
            event = told.get("last_action_event") or {}
            if event.get("state") == "failed":
                raise HomeAssistantError(f"Home Assistant's backup failed: {event.get('reason')}")
        time.sleep(0.5)
    raise HomeAssistantError(f"Home Assistant's backup was not done within {PATIENCE} s")


def prove(folder, identity, encrypted):
    """Find the archive of a backup and read it to its end."""
    for name in sorted(os.listdir(folder), key=lambda name: -os.stat(os.path.join(folder, name)).st_mtime):
        path = os.path.join(folder, name)
        try:
            with tarfile.open(path, "r:") as outer:
                facts = json.load(outer.extractfile("./backup.json"))
                if facts.get("slug") != identity:
                    continue
                inner = next(member for member in outer if "homeassistant.tar" in member.name)
                if not encrypted:
                    _read_through(outer.extractfile(inner))
        except (OSError, KeyError, ValueError, StopIteration, tarfile.TarError, EOFError) as error:
            if name.endswith(".tar") and identity in name:
                raise HomeAssistantError(f"the backup {path} cannot be read: {error}") from error
            continue
        return {"id": identity, "path": path, "size": os.path.getsize(path), "encrypted": encrypted}
    raise HomeAssistantError(f"the archive of the backup {identity} is not in {folder}")


def _read_through(file):
    missing = set(MEMBERS)
    with tarfile.open(fileobj=file, mode="r|*") as archive:
        for member in archive:
            missing.discard(os.path.normpath(member.name))
            content = archive.extractfile(member) if member.isfile() else None
            while content is not None and content.read(1 << 20):
                pass
    if missing:
        raise ValueError(f"{', '.join(sorted(missing))} is not in it")
