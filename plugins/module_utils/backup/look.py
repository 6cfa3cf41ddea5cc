# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The look at copies for the snapshot: a device that is copied, a store that takes copies. Facts, never secrets."""

from __future__ import annotations

import base64
import glob
import json
import os
import secrets
import time

from ansible_collections.hearthwall.home.plugins.module_utils.backup import (
    archives,
    ledger,
    repository,
    settings,
    state,
)
from ansible_collections.hearthwall.home.plugins.module_utils.ha import configuration, install, storage
from ansible_collections.hearthwall.home.plugins.module_utils.host import place

FOLDER = "/etc/hearthwall/backup"
PUBLIC_KEY = f"{FOLDER}/id_ed25519.pub"
STATE = "/var/lib/hearthwall/backup/state.json"
STORE = "/etc/hearthwall/backup-store/settings.json"
HOST_KEYS = "/etc/ssh/ssh_host_*_key.pub"
WRITTEN = 45  # seconds within which Home Assistant writes its settings down


def look(parameters):
    """Return (value, unknown): ``value`` has the parts ``device`` and ``store``, as asked for by ``parts``."""
    value, unknown = {}, {}
    for part, about in (("device", device), ("store", store)):
        if part in parameters.get("parts", ("device", "store")):
            value[part] = about(parameters, unknown)
    return value, unknown


def device(parameters, unknown):
    """Return what is known of the copies that this host makes of itself."""
    found = {"public_key": _line(PUBLIC_KEY), "state": state.read(STATE), "settings": None, "archives": None}
    config_dir = parameters.get("config_dir") or (install.find(None, parameters.get("unit"))[0] or {}).get("config_dir")
    found["config_dir"] = config_dir
    if config_dir is None:
        unknown["backup.device"] = "Home Assistant's configuration directory was not found"
        return found
    if parameters.get("written_after"):
        await_written(config_dir, parameters["written_after"])
    try:
        found["settings"] = read_settings(config_dir)
    except (storage.Unreadable, KeyError, TypeError) as reason:
        unknown["backup.settings"] = str(reason) or "Home Assistant's backup settings have a shape that is not known"
    found["archives"] = archives.look(config_dir)
    newest = next((each for each in found["archives"]["found"] if each["encrypted"]), None)
    if newest:
        path = os.path.join(found["archives"]["path"], newest["name"])
        found["newest"] = {"name": newest["name"], "header": base64.b64encode(archives.header(path)).decode()}
    found["time_zone"] = time_zone(config_dir)
    return found


def read_settings(config_dir):
    """Return Home Assistant's backup settings; of the password only what tells whether it is a known one."""
    return marked(settings.stored(storage.read(config_dir, settings.STORAGE, None)))


def marked(flat):
    """Return settings with a mark in place of the password, by which nobody can guess it."""
    password = flat["password"]
    if password is not None:
        salt = secrets.token_hex(16)
        password = {"salt": salt, "digest": place.fingerprint(password.encode(), salt)}
    return {**flat, "password": password}


def await_written(config_dir, since):
    """Wait until Home Assistant has written down what it was told: it takes its time."""
    deadline = time.monotonic() + WRITTEN
    while time.monotonic() < deadline:
        try:
            if os.stat(storage.path_of(config_dir, settings.STORAGE)).st_mtime >= since:
                return
        except FileNotFoundError:
            pass
        time.sleep(0.5)


def time_zone(config_dir):
    """Return the time zone that Home Assistant keeps, or None where that is not known."""
    try:
        core = configuration.load(config_dir).get("homeassistant")
        if isinstance(core, dict) and core.get("time_zone"):
            return str(core["time_zone"])
    except (configuration.Undetermined, AttributeError):
        pass
    try:
        with open(storage.path_of(config_dir, "core.config"), encoding="utf-8") as file:
            return json.load(file)["data"].get("time_zone")
    except (OSError, ValueError, KeyError):
        return None


def store(_parameters, unknown):
    """Return what is known of the copies that this host keeps for others."""
    found = {"host_keys": [key for key in map(_line, sorted(glob.glob(HOST_KEYS))) if key], "repositories": {}}
    declared = state.read(STORE)
    if declared is None:
        return found
    found["space"] = _space(declared["path"])
    for client in declared["clients"]:
        try:
            found["repositories"][client["name"]] = _repository(client)
        except (OSError, ValueError, KeyError) as reason:
            unknown[f"backup.store.{client['name']}"] = f"{type(reason).__name__}: {reason}"
    return found


def _repository(client):
    path = client["repository"]
    about = {"initialised": os.path.exists(os.path.join(path, "config")), "upkeep": None}
    noted = state.read(client["state"]) or {"ledger": {}, "lost": [], "refused": {"count": 0, "last": None, "what": {}}}
    present = ledger.snapshots(path)
    lost = sorted({*noted["lost"], *ledger.missing(noted["ledger"], present)} - set(present))
    altered = [name for name in ledger.missing(noted["ledger"], present) if name in present]
    about.update(snapshots=len(present), lost=lost + altered)
    about["refused"] = ledger.together(noted["refused"], ledger.refused(client["log"], path))
    about["upkeep"] = {key: noted.get(key) for key in ("attempted", "succeeded", "checked", "error", "not_thinned_out")}
    about["size"] = noted.get("size")
    about["keys"] = repository.keys(path)
    newest = repository.newest(path)
    if newest:
        name, arrival, sealed = newest
        about["newest"] = {"id": name, "arrived": _utc(arrival), "sealed": base64.b64encode(sealed).decode()}
    return about


def _space(path):
    try:
        about = os.statvfs(path)
    except OSError:
        return None
    return {"free": about.f_bavail * about.f_frsize, "size": about.f_blocks * about.f_frsize}


def _utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _line(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip() or None
    except OSError:
        return None
