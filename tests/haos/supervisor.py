# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the Supervisor: the endpoints, schemas and ways to fail that its documentation and its client name.

It keeps state: what is posted is what is told afterwards. Run by itself it serves on the port that it is given.
"""

from __future__ import annotations

import contextlib
import copy
import json
import re
import sys
import threading
import time
import uuid

from loopback import Handler, Server

TOKEN = "stand-in-supervisor-token"
APP = {
    "advanced": False, "apparmor": "default", "arch": ["amd64"], "audio": False, "audio_input": None,
    "audio_output": None, "auth_api": False, "auto_update": True, "available": True, "boot": "auto",
    "boot_config": "auto", "build": False, "changelog": True, "description": "", "detached": False, "devices": [],
    "devicetree": False, "discovery": [], "dns": [], "docker_api": False, "documentation": True, "full_access": False,
    "gpio": False, "hassio_api": False, "hassio_role": "default", "homeassistant": None, "homeassistant_api": False,
    "host_dbus": False, "host_ipc": False, "host_network": False, "host_pid": False, "host_uts": False,
    "hostname": "app",
    "icon": True, "ingress": True, "ingress_entry": None, "ingress_panel": False, "ingress_port": None,
    "ingress_url": None, "ip_address": "172.30.33.2", "kernel_modules": False, "logo": True, "long_description": None,
    "machine": [], "network": None, "network_description": None, "options": {}, "privileged": [], "protected": True,
    "rating": 6, "repository": "core", "schema": [], "services": [], "signed": True, "stage": "stable",
    "startup": "application", "state": "started", "stdin": False, "system_managed": False,
    "system_managed_config_entry": None, "translations": {}, "uart": False, "udev": False, "update_available": False,
    "url": None, "usb": False, "version": "1.0.0", "version_latest": "1.0.0", "video": False, "watchdog": True,
    "webui": None,
}  # fmt: skip
LISTED = [
    "advanced",
    "available",
    "build",
    "description",
    "detached",
    "homeassistant",
    "icon",
    "logo",
    "name",
    "repository",
    "slug",
    "stage",
    "state",
    "update_available",
    "url",
    "version",
    "version_latest",
    "system_managed",
]


def app(slug, name, **differing):
    """Return one app as /addons/<slug>/info tells it."""
    return {**copy.deepcopy(APP), "slug": slug, "name": name, **differing}


def device():
    """Return the state of a device on which all is well."""
    return {
        "core": {
            "version": "2026.11.1", "version_latest": "2026.11.1", "update_available": False, "arch": "amd64",
            "machine": "generic-x86-64", "ip_address": "172.30.32.1", "image": "homeassistant", "boot": True,
            "port": 80, "ssl": False, "watchdog": True, "audio_input": None, "audio_output": None,
            "backups_exclude_database": False, "duplicate_log_file": False,
        },
        "os": {
            "version": "18.1", "version_latest": "18.1", "version_pending": None, "update_available": False,
            "board": "generic-x86-64", "boot": "A", "data_disk": "disk", "boot_slots": {},
        },
        "supervisor": {
            "version": "2026.11.0", "version_latest": "2026.11.0", "update_available": False, "channel": "stable",
            "arch": "amd64", "supported": True, "healthy": True, "ip_address": "172.30.32.2", "timezone": "UTC",
            "logging": "info", "debug": False, "debug_block": False, "diagnostics": False, "auto_update": True,
            "country": None, "detect_blocking_io": False, "feature_flags": {},
        },
        "host": {
            "hostname": "homeassistant", "operating_system": "Home Assistant OS 18.1", "disk_free": 20.0,
            "disk_total": 30.0, "disk_used": 10.0, "features": ["haos", "reboot"], "kernel": "6.12", "chassis": "vm",
            "agent_version": "1.7.2", "apparmor_version": "3.1", "virtualization": "", "cpe": None,
            "deployment": "production", "disk_life_time": None, "llmnr_hostname": "homeassistant",
            "timezone": "UTC", "dt_utc": None,
            "dt_synchronized": True, "use_ntp": True, "startup_time": 2.5, "boot_timestamp": None,
            "broadcast_llmnr": True, "broadcast_mdns": True,
        },
        "resolution": {
            "unsupported": [], "unhealthy": [], "suggestions": [], "issues": [],
            "checks": [{"slug": "addon_pwned", "enabled": True}, {"slug": "free_space", "enabled": True}],
        },
        "security": {"content_trust": True, "pwned": True, "force_security": False},
        "repositories": [
            {"slug": slug, "name": slug, "source": f"https://example.org/{slug}", "url": "", "maintainer": ""}
            for slug in ("core", "a0d7b954", "5c53de3b")
        ],
        "apps": {"core_mosquitto": app("core_mosquitto", "Mosquitto broker", network={"1883/tcp": None})},
        "store": {
            "a0d7b954_tailscale": app(
                "a0d7b954_tailscale", "Tailscale", repository="a0d7b954", host_network=True, rating=4,
                privileged=["NET_ADMIN", "NET_RAW"], state="stopped", options={"share_homeassistant": "disabled"},
            ),
            "core_nginx_proxy": app("core_nginx_proxy", "NGINX Home Assistant SSL proxy", state="stopped"),
        },
    }  # fmt: skip


class Failure(Exception):
    """An answer that is no success: (status, JSON or text)."""


def refused(status, message):
    return Failure(status, {"result": "error", "message": message})


class Supervisor:
    """The device's state and what can be asked of it."""

    def __init__(self, state=None, token=TOKEN):
        self.state = state or device()
        self.token = token
        self.asked = []  # (method, path) of everything that was asked
        self.posted = []  # (path, data) of every change
        self.failing = {}  # {path: (status, text)}, or {path: seconds of silence}
        self.unfit = set()  # versions that do not come up
        self.on_update = lambda kind, version: None
        self._server = None

    def answer(self, method, path, data, token):
        """Return the data of an answer, or raise Failure."""
        self.asked.append((method, path))
        if path in self.failing:
            failure = self.failing[path]
            if isinstance(failure, (int, float)):
                time.sleep(failure)
                raise Failure(200, {"result": "ok", "data": {}})
            raise Failure(*failure)
        if token != self.token:
            raise Failure(401, "401: Unauthorized")
        if method == "post":
            self.posted.append((path, copy.deepcopy(data)))
        for pattern, handler in _ROUTES:
            found = re.fullmatch(pattern, f"{method} {path}")
            if found:
                return handler(self, data or {}, *found.groups())
        raise Failure(404, "404: Not Found")

    # -- what it tells --

    def part(self, _data, name):
        return self.state[name]

    def root(self, _data):
        about = self.state
        return {"supervisor": about["supervisor"]["version"], "homeassistant": about["core"]["version"],
                "hassos": about["os"]["version"], "docker": "29.0", "hostname": "homeassistant",
                "operating_system": about["host"]["operating_system"], "features": about["host"]["features"],
                "machine": "generic-x86-64", "machine_id": "0" * 32, "arch": "amd64", "state": "running",
                "supported_arch": ["amd64"], "supported": True, "channel": "stable", "logging": "info",
                "timezone": "UTC"}  # fmt: skip

    def available_updates(self, _data):
        found = [
            {
                "update_type": kind,
                "panel_path": f"/update-available/{kind}",
                "version_latest": self.state[kind]["version_latest"],
            }
            for kind in ("core", "os", "supervisor")
            if self.state[kind]["update_available"]
        ]
        return {"available_updates": found}

    def listed(self, _data):
        return {"addons": [{key: each[key] for key in LISTED} for each in self.state["apps"].values()]}

    def store(self, _data):
        everything = [*self.state["apps"].values(), *self.state["store"].values()]
        addons = [
            {key: each[key] for key in LISTED if key not in ("detached", "state", "system_managed")}
            for each in everything
        ]
        return {"addons": addons, "repositories": self.state["repositories"]}

    def info(self, _data, slug):
        return self._app(slug)

    def _app(self, slug):
        if slug in self.state["apps"]:
            return self.state["apps"][slug]
        if slug in self.state["store"]:
            raise refused(400, "App is not installed")
        raise refused(404, f"App {slug} does not exist")

    # -- what it does --

    def set_app(self, data, slug):
        known = {
            "boot",
            "network",
            "auto_update",
            "audio_output",
            "audio_input",
            "ingress_panel",
            "watchdog",
            "options",
        }
        strange = set(data) - known
        if strange:
            raise refused(400, f"extra keys not allowed @ data['{strange.pop()}']. Got None")
        present = self._app(slug)
        if "boot" in data and present["boot_config"] == "manual_only":
            raise refused(400, f"App {slug} boot option is set to manual_only so it cannot be changed")
        present.update(copy.deepcopy(data))
        return {}

    def protect(self, data, slug):
        self._app(slug)["protected"] = bool(data["protected"])
        return {}

    def run(self, _data, slug, action):
        self._app(slug)["state"] = "stopped" if action == "stop" else "started"
        return {}

    def install(self, _data, slug):
        if slug in self.state["apps"]:
            raise refused(400, f"App {slug} is already installed")
        if slug not in self.state["store"]:
            raise refused(404, f"App {slug} does not exist in the store")
        self.state["apps"][slug] = self.state["store"].pop(slug)
        return {}

    def uninstall(self, _data, slug):
        self.state["store"][slug] = {**self._app(slug), "state": "stopped"}
        del self.state["apps"][slug]
        return {}

    def update_app(self, _data, slug):
        present = self._app(slug)
        if present["version"] == present["version_latest"]:
            raise refused(400, f"No update available for app {slug}")
        present.update(version=present["version_latest"], update_available=False)
        return {}

    def set_part(self, data, name):
        self.state[name].update({key: value for key, value in data.items() if key in self.state[name]})
        return {}

    def update(self, data, kind):
        about = self.state[kind]
        if data.get("version") in self.unfit:
            raise refused(400, f"Update of {kind} failed, it was rolled back")
        self.on_update(kind, data.get("version") or about["version_latest"])
        about["version"] = data.get("version") or about["version_latest"]
        about["update_available"] = about["version"] != about["version_latest"]
        return {}

    # -- as a server --

    def serve(self, address=("127.0.0.1", 0)):
        """Serve in the background; return (host, port)."""
        supervisor = self

        class Answers(Handler):
            protocol_version = "HTTP/1.1"

            def _answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
                try:
                    data = json.loads(raw) if raw.strip() else None
                    found = supervisor.answer(self.command.lower(), self.path.split("?")[0], data, token)
                    status, body = 200, {"result": "ok", "data": found}
                except Failure as failure:
                    status, body = failure.args
                text = body if isinstance(body, str) else json.dumps(body)
                self.send_response(status)
                self.send_header("Content-Type", "text/plain" if isinstance(body, str) else "application/json")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):  # who asked did not wait
                    self.wfile.write(text.encode())

            do_GET = do_POST = do_DELETE = _answer

        self._server = Server(Answers, address)
        return self._server.server_address

    def close(self):
        self._server.close()


def issue(kind, context="system", reference=None):
    """Return one issue of the resolution centre."""
    return {"uuid": uuid.uuid4().hex, "type": kind, "context": context, "reference": reference, "reference_extra": None}


_ROUTES = (
    (r"get /info", Supervisor.root),
    (r"get /supervisor/ping", lambda self, data: {}),
    (r"get /available_updates", Supervisor.available_updates),
    (r"get /(core|os|supervisor|host|resolution|security)/info", Supervisor.part),
    (r"get /addons", Supervisor.listed),
    (r"get /store", Supervisor.store),
    (r"get /addons/([^/]+)/info", Supervisor.info),
    (r"post /addons/([^/]+)/options", Supervisor.set_app),
    (r"post /addons/([^/]+)/security", Supervisor.protect),
    (r"post /addons/([^/]+)/(start|stop|restart)", Supervisor.run),
    (r"post /addons/([^/]+)/uninstall", Supervisor.uninstall),
    (r"post /store/addons/([^/]+)/install", Supervisor.install),
    (r"post /store/addons/([^/]+)/update", Supervisor.update_app),
    (r"post /(core|supervisor|security)/options", Supervisor.set_part),
    (r"post /(core|os|supervisor)/update", Supervisor.update),
)


if __name__ == "__main__":
    Supervisor().serve(("0.0.0.0", int(sys.argv[1])))
    threading.Event().wait()
