# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The look at a Home Assistant OS through its API, in the shape of every other snapshot. No secret leaves it.

One login, one WebSocket. What cannot be read leaves its part empty, with the reason; only an instance that does not let
us in at all, or is none of Home Assistant OS, ends the look.
"""

from __future__ import annotations

import contextlib
import datetime
import time
import urllib.parse

from ansible_collections.hearthwall.home.plugins.module_utils.backup.look import marked
from ansible_collections.hearthwall.home.plugins.module_utils.backup.settings import stored
from ansible_collections.hearthwall.home.plugins.module_utils.ha import administrator, http_settings
from ansible_collections.hearthwall.home.plugins.module_utils.ha.client import Client
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import CommandFailed, HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.ha.websocket import WebSocket
from ansible_collections.hearthwall.home.plugins.module_utils.haos import updates
from ansible_collections.hearthwall.home.plugins.module_utils.haos.accounts import AccountsLook
from ansible_collections.hearthwall.home.plugins.module_utils.haos.supervisor import NoSupervisor, Supervisor, not_admin
from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa import asked as cloud
from ansible_collections.hearthwall.home.plugins.module_utils.updates import wellness

INSTALL = "haos"
START = 120  # seconds that a start may take
SCHEMA = "hearthwall.snapshot/1"
# {part of the snapshot: endpoint}
PARTS = {
    "core": "/core/info",
    "os": "/os/info",
    "supervisor": "/supervisor/info",
    "host": "/host/info",
    "resolution": "/resolution/info",
    "security": "/security/info",
    "store": "/store",
}
KEPT = {
    "core": ("version", "version_latest", "update_available", "port", "ssl", "watchdog", "boot"),
    "os": ("version", "version_latest", "update_available", "board"),
    "supervisor": ("version", "version_latest", "update_available", "channel", "auto_update", "supported", "healthy"),
    "host": ("operating_system", "hostname", "disk_free", "disk_total", "features"),
    "security": ("pwned", "content_trust", "force_security"),
}
# What is read of an app; its options hold secrets and stay where they are.
APP = [
    "name",
    "slug",
    "version",
    "version_latest",
    "update_available",
    "stage",
    "available",
    "detached",
    "repository",
    "url",
    "state",
    "protected",
    "rating",
    "boot",
    "boot_config",
    "auto_update",
    "watchdog",
    "network",
    "ingress",
    "ingress_panel",
    "host_network",
    "host_pid",
    "host_ipc",
    "host_uts",
    "host_dbus",
    "privileged",
    "full_access",
    "apparmor",
    "docker_api",
    "hassio_api",
    "hassio_role",
    "auth_api",
    "homeassistant_api",
    "devices",
    "kernel_modules",
    "devicetree",
    "uart",
    "usb",
    "gpio",
    "system_managed",
]
PATIENCE = 15  # seconds that Home Assistant may take to come up before it counts as unreachable
OLD_HTTP = (
    "this release keeps its HTTP settings in configuration.yaml, which the API does not show: update Home Assistant to"
    " 2026.8 or newer"
)


def look(url, credentials, seen, minimum=12, ca_file=None):
    """Return the snapshot; raise HomeAssistantError where nothing at all can be seen."""
    client = Client(url, ca_file=ca_file)
    now = datetime.datetime.now(datetime.timezone.utc)
    login = administrator.log_in_as_administrator(client, None, credentials, patience=PATIENCE)
    try:
        with WebSocket(client.url, login.access_token, client.timeout, client.ca_file) as socket:
            return Look(client, socket, login, credentials, now, minimum).take(seen)
    finally:
        with contextlib.suppress(HomeAssistantError):
            login.end()


class Look:
    """One look over one WebSocket."""

    def __init__(self, client, socket, login, credentials, now, minimum):
        self._client = client
        self._socket = socket
        self._login = login
        self._credentials = credentials
        self._now = now
        self._minimum = minimum
        self.unknown = {}

    def take(self, seen):
        if not self._socket.call("auth/current_user")["is_admin"]:
            raise not_admin("Home Assistant")
        self._await_running()
        supervisor = self._supervisor()
        observed = self._guarded("updates.asked", lambda: wellness.observe(self._socket))
        system = {"distribution": INSTALL, "version": supervisor["os"].get("version"), "service_manager": None}
        return {
            "schema": SCHEMA,
            "taken": self._now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "platform": INSTALL,
            "system": {**system, "hostname": supervisor["host"].get("hostname"), "privileged": False},
            "paths": {},
            "packages": None,
            "services": None,
            "listeners": None,
            "supervisor": supervisor,
            "home_assistant": self._home_assistant(supervisor),
            "updates": updates.part(supervisor, observed, self._now, seen),
            "backup": {"device": self._backup()},
            "cloud": self._guarded("cloud", lambda: cloud.look(self._socket)),
            "vetting": None,
            "ways_in": {},
            "pending": [],
            "recovered": [],
            "unknown": self.unknown,
        }

    def _await_running(self):
        """Wait until its start is finished: before that the Supervisor, and much else, is unknown to it."""
        deadline = time.monotonic() + START
        while self._socket.call("get_config").get("state", "RUNNING") != "RUNNING" and time.monotonic() < deadline:
            time.sleep(1)

    def _guarded(self, part, ask):
        try:
            return ask()
        except NoSupervisor:
            raise
        except HomeAssistantError as error:
            self.unknown[part] = str(error)
            return None

    def _supervisor(self):
        """Return what the Supervisor tells, of each part what is judged; a part that it does not tell is empty."""
        api = Supervisor(self._socket)
        told = {part: self._guarded(f"supervisor.{part}", lambda at=at: api.get(at)) for part, at in PARTS.items()}
        found = {part: {key: (told[part] or {}).get(key) for key in keys} for part, keys in KEPT.items()}
        for key in ("unsupported", "unhealthy", "issues", "suggestions", "checks"):
            found[key] = None if told["resolution"] is None else told["resolution"].get(key) or []
        found["repositories"] = None if told["store"] is None else told["store"].get("repositories") or []
        found["apps"] = self._apps(api)
        return found

    def _apps(self, api):
        listed = self._guarded("supervisor.apps", lambda: api.get("/addons"))
        if listed is None:
            return None
        found = []
        for each in listed["addons"]:
            endpoint = f"/addons/{each['slug']}/info"
            about = self._guarded(f"supervisor.apps.{each['slug']}", lambda at=endpoint: api.get(at))
            whole = {**each, **(about or {})}
            found.append({**{key: whole.get(key) for key in APP}, "known": about is not None})
        return found

    def _home_assistant(self, supervisor):
        parts = urllib.parse.urlsplit(self._client.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        value = {"install": INSTALL, "version": self._socket.version, "config_dir": None, "unit": None}
        value.update(running=True, address=parts.hostname, port=supervisor["core"].get("port") or port)
        value.update(people=None, sessions=None, onboarded=None, auth_providers=None, mfa_modules=None)
        value.update(trusted_networks=None, ip_bans=None, http=self._http())
        accounts = AccountsLook(self._client, self._socket, self._login, self._credentials, self._minimum)
        value.update(self._guarded("home_assistant.people", lambda: accounts.take(self.unknown)) or {})
        manifests = self._guarded("home_assistant.custom_components", lambda: self._socket.call("manifest/list"))
        value["custom_components"] = [
            {
                "domain": each["domain"],
                "version": each.get("version"),
                "shadows": bool(each.get("overwrites_built_in")),
            }
            for each in manifests or []
            if each.get("is_built_in") is False
        ]
        return value

    def _http(self):
        try:
            told = self._socket.call("http/config")
        except CommandFailed as error:
            self.unknown["home_assistant.http"] = OLD_HTTP if error.code == "unknown_command" else str(error)
            return None
        pending = told.get("pending")
        if pending:
            pending = {**http_settings.normal(pending), **{key: pending.get(key) for key in http_settings.META}}
        stable = http_settings.normal(told["stable"])
        return {"store": "storage", "stable": stable, "pending": pending, "revert_at": told.get("revert_at")}

    def _backup(self):
        found = {"settings": None, "archives": None, "state": None, "public_key": None, "config_dir": None}
        config = self._guarded("backup.settings", lambda: self._socket.call("backup/config/info"))
        if config is not None:
            found["settings"] = marked(stored(config))
            found["last_completed"] = config["config"].get("last_completed_automatic_backup")
        told = self._guarded("backup.archives", lambda: self._socket.call("backup/info"))
        if told is not None:
            found["listed"] = [archive(each) for each in told.get("backups") or []]
            found["agent_errors"] = told.get("agent_errors") or {}
        return found


def archive(told):
    """Return what is judged of one archive: when, and where copies lie, each encrypted or not."""
    copies = {name: bool(about.get("protected")) for name, about in (told.get("agents") or {}).items()}
    return {"id": told.get("backup_id"), "name": told.get("name"), "date": told.get("date"), "copies": copies}
