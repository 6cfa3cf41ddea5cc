# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Home Assistant, for tests that need no real one: logins, the commands that are asked, and errors.

``supervisor/api`` goes on to a Supervisor over HTTP, as Home Assistant does it: of a failure only its words come back.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import datetime
import http.client
import json
import urllib.parse
import uuid

from loopback import Handler, Server
from websocket_server import Closed, Peer, accept

VERSION = "2026.11.1"
TOKEN = "e30.eyJpc3MiOiJ0b2tlbi1vZi1vd25lciJ9.c2ln"  # its payload: {"iss": "token-of-owner"}
LONG_LIVED = "long_lived_access_token"


def person(name, password, **differing):
    """Return one account."""
    username = name.casefold()
    return {
        "id": f"id-{username}", "username": username, "name": name, "is_owner": False, "is_active": True,
        "local_only": False, "system_generated": False, "group_ids": ["system-users"],
        "credentials": [{"type": "homeassistant"}], "password": password, "mfa": ["totp"],
        "code": "000000", **differing,
    }  # fmt: skip


def session(identity, created, kind="normal", name=None):
    return {
        "id": identity, "type": kind, "client_id": None if kind == LONG_LIVED else "http://ha/", "client_name": name,
        "client_icon": None, "created_at": created, "last_used_at": created, "last_used_ip": "10.0.0.9",
        "expire_at": None, "auth_provider_type": "homeassistant",
    }  # fmt: skip


class CommandError(Exception):
    """A command's error: (code, message)."""


class HomeAssistant:
    """The instance's state and its two interfaces."""

    def __init__(self, supervisor_address, supervisor_token, today):
        self._supervisor = (supervisor_address, supervisor_token)
        owner = person("Anna", "correct horse battery", is_owner=True, group_ids=["system-admin"])
        self.people = {"id-anna": owner, "id-ben": person("Ben", "another long password")}
        self.sessions = {
            "id-anna": [session("token-of-owner", today, LONG_LIVED, "hearthwall")],
            "id-ben": [session("phone", today)],
        }
        self.codes, self.access = {}, {TOKEN: "id-anna"}
        self.flows = {}
        self.providers = ["homeassistant"]
        self.modules = ["totp"]
        self.http = {
            "stable": {"server_port": 80, "login_attempts_threshold": 5, "ip_ban_enabled": True,
                       "use_x_frame_options": True, "cors_allowed_origins": ["https://cast.home-assistant.io"]},
            "pending": None, "revert_at": None, "active_config_type": "stable", "default": False,
        }  # fmt: skip
        self.backup = {
            "create_backup": {"agent_ids": [], "include_database": True, "include_folders": None, "password": None},
            "schedule": {"recurrence": "never", "days": [], "time": None},
            "retention": {"copies": None, "days": None}, "agents": {}, "last_completed_automatic_backup": None,
        }  # fmt: skip
        self.backups = []
        self.manifests = [{"domain": "light", "is_built_in": True}]
        self.issues, self.states = [], []
        self.cloud, self.exposed = None, {}
        self.automations = {}
        self.unknown_commands = set()
        self.restarts = 0
        self.wrong_logins = 0
        self.version, self.components = VERSION, ["hassio", "light"]
        self.losing = {}  # {version: a component that it does not load}
        self._server = None

    def updated(self, kind, version):
        """Become another release, as the Supervisor has it."""
        if kind == "core":
            self.version = version
            self.restarts += 1

    # -- WebSocket commands: methods named ws_<command with _ for /> --

    def command(self, user, current, message):
        """Return the result of a command, or raise CommandError."""
        kind = message["type"]
        handler = getattr(self, f"ws_{kind.replace('/', '_')}", None)
        if handler is None or kind in self.unknown_commands:
            raise CommandError("unknown_command", "Unknown command.")
        return handler(user, current, message)

    def _admin(self, user):
        if not (user["is_owner"] or "system-admin" in user["group_ids"]):
            raise CommandError("unauthorized", "Unauthorized")

    def ws_auth_current_user(self, user, _current, _message):
        modules = [{"id": name, "name": name, "enabled": name in user["mfa"]} for name in self.modules]
        return {
            "id": user["id"], "name": user["name"], "is_owner": user["is_owner"], "mfa_modules": modules,
            "is_admin": user["is_owner"] or "system-admin" in user["group_ids"], "credentials": [],
        }  # fmt: skip

    def ws_auth_refresh_tokens(self, user, current, _message):
        return [{**each, "is_current": each["id"] == current} for each in self.sessions[user["id"]]]

    def ws_auth_delete_refresh_token(self, user, _current, message):
        self.sessions[user["id"]] = [
            each for each in self.sessions[user["id"]] if each["id"] != message["refresh_token_id"]
        ]
        return {}

    def ws_config_auth_list(self, user, _current, _message):
        self._admin(user)
        return [
            {key: each[key] for key in each if key not in ("password", "mfa", "code")} for each in self.people.values()
        ]

    def ws_config_auth_update(self, user, _current, message):
        self._admin(user)
        changed = self.people[message["user_id"]]
        changed.update({key: value for key, value in message.items() if key not in ("id", "type", "user_id")})
        return {"user": {}}

    # The integration cloud: an account with everything on, as far as a test gives one.

    def ws_cloud_status(self, user, _current, _message):
        self._admin(user)
        return {"logged_in": True, "prefs": copy.deepcopy(self.cloud)} if self.cloud else {"logged_in": False}

    def ws_cloud_update_prefs(self, user, _current, message):
        self._admin(user)
        self.cloud.update({key: value for key, value in message.items() if key not in ("id", "type")})

    def ws_cloud_remote_connect(self, user, _current, _message):
        self._admin(user)
        self.cloud["remote_enabled"] = True

    def ws_cloud_remote_disconnect(self, user, _current, _message):
        self._admin(user)
        self.cloud["remote_enabled"] = False

    def ws_cloud_cloudhook_delete(self, user, _current, message):
        self._admin(user)
        del self.cloud["cloudhooks"][message["webhook_id"]]

    def ws_homeassistant_expose_new_entities_get(self, user, _current, _message):
        self._admin(user)
        return {"expose_new": False}

    def ws_homeassistant_expose_entity_list(self, user, _current, _message):
        self._admin(user)
        return {"exposed_entities": copy.deepcopy(self.exposed)}

    def ws_config_entity_registry_get_entries(self, _user, _current, message):
        kinds = {"cover.blind": "blind", "cover.garage": "garage"}
        return {
            each: {"entity_id": each, "original_device_class": kinds[each]} if each in kinds else None
            for each in message["entity_ids"]
        }

    def ws_http_config(self, user, _current, _message):
        self._admin(user)
        return copy.deepcopy(self.http)

    def ws_http_config_configure(self, user, _current, message):
        self._admin(user)
        self.http.update(pending=message["config"], active_config_type="pending")
        self.restarts += 1
        return {"restart": True}

    def ws_http_config_promote(self, user, _current, _message):
        self._admin(user)
        self.http.update(stable=self.http["pending"], pending=None, active_config_type="stable")
        return {}

    def ws_backup_config_info(self, user, _current, _message):
        self._admin(user)
        return {"config": copy.deepcopy(self.backup)}

    def ws_backup_config_update(self, user, _current, message):
        self._admin(user)
        self.backup["create_backup"].update(message.get("create_backup") or {})
        for part in ("schedule", "retention"):
            if part in message:
                self.backup[part] = message[part]
        return None

    def ws_backup_info(self, user, _current, _message):
        self._admin(user)
        done = self.backup["last_completed_automatic_backup"]
        return {"backups": self.backups, "agent_errors": {}, "state": "idle", "last_completed_automatic_backup": done}

    def ws_backup_generate_with_automatic_settings(self, user, _current, _message):
        self._admin(user)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        self.backup["last_completed_automatic_backup"] = now
        agents = self.backup["create_backup"]["agent_ids"]
        sealed = self.backup["create_backup"]["password"] is not None
        copies = {agent: {"protected": sealed, "size": 1} for agent in agents}
        self.backups.append(
            {
                "backup_id": uuid.uuid4().hex[:8],
                "name": "Automatic",
                "date": now,
                "agents": copies,
            }
        )
        return {"backup_job_id": "1"}

    def ws_backup_can_decrypt_on_download(self, user, _current, message):
        self._admin(user)
        if message["password"] != self.backup["create_backup"]["password"]:
            raise CommandError("password_incorrect", "Incorrect password")
        return {}

    def ws_manifest_list(self, _user, _current, _message):
        return self.manifests

    def ws_get_config(self, _user, _current, _message):
        loaded = [name for name in self.components if name != self.losing.get(self.version)]
        return {"version": self.version, "components": loaded, "state": "RUNNING"}

    def ws_repairs_list_issues(self, _user, _current, _message):
        return {"issues": self.issues}

    def ws_config_entries_get(self, _user, _current, _message):
        return []

    def ws_get_states(self, _user, _current, _message):
        return self.states

    def ws_supervisor_api(self, user, _current, message):
        self._admin(user)
        (host, port), token = self._supervisor
        connection = http.client.HTTPConnection(host, port, timeout=message.get("timeout") or 10)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            method = message["method"].upper()
            connection.request(method, message["endpoint"], json.dumps(message.get("data", {})), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except OSError:
            raise CommandError("unknown_error", "") from None
        finally:
            connection.close()
        try:
            told = json.loads(text)
        except ValueError:
            raise CommandError("unknown_error", text) from None
        if answer.status != 200 or told.get("result") == "error":
            raise CommandError("unknown_error", str(told.get("message") or ""))
        return told.get("data", {})

    # -- REST --

    def get(self, path):
        if path.startswith("/api/config/automation/config/"):
            found = self.automations.get(path.rsplit("/", 1)[1])
            return (200, found) if found else (404, {"message": "Resource not found"})
        if path == "/auth/providers":
            return 200, {"providers": [{"name": kind, "id": None, "type": kind} for kind in self.providers]}
        return 404, {"message": "not found"}

    def post(self, path, data):
        if path.startswith("/api/config/automation/config/"):
            identity = path.rsplit("/", 1)[1]
            self.automations[identity] = {"id": identity, **data}
            return 200, {"result": "ok"}
        if path == "/auth/login_flow":
            flow = uuid.uuid4().hex
            self.flows[flow] = None
            return 200, {"type": "form", "step_id": "init", "flow_id": flow, "errors": {}}
        if path.startswith("/auth/login_flow/"):
            return self._login_step(path.rsplit("/", 1)[1], data)
        if path == "/auth/token":
            user = self.codes.pop(data["code"])
            identity = uuid.uuid4().hex
            self.sessions[user].append(session(identity, "2026-11-23T12:00:00+00:00"))
            access = f"e30.{_part({'iss': identity})}.{uuid.uuid4().hex}"
            self.access[access] = user
            return 200, {"access_token": access, "refresh_token": identity}
        if path == "/auth/revoke":
            for held in self.sessions.values():
                held[:] = [each for each in held if each["id"] != data["token"]]
            return 200, {}
        return 404, {"message": "not found"}

    def _login_step(self, flow, data):
        if self.flows.get(flow):
            user = self.people[self.flows[flow]]
            if data["code"] != user["code"]:
                self.wrong_logins += 1
                return 200, {"type": "form", "step_id": "mfa", "errors": {"base": "invalid_code"}}
            return self._granted(user)
        user = next((each for each in self.people.values() if each["username"] == data["username"]), None)
        if user is None or user["password"] != data["password"]:
            self.wrong_logins += 1
            return 200, {"type": "form", "step_id": "init", "errors": {"base": "invalid_auth"}}
        if user["mfa"]:
            self.flows[flow] = user["id"]
            return 200, {
                "type": "form",
                "step_id": "mfa",
                "errors": {},
                "description_placeholders": {"mfa_module_id": user["mfa"][0]},
            }
        return self._granted(user)

    def _granted(self, user):
        code = uuid.uuid4().hex
        self.codes[code] = user["id"]
        return 200, {"type": "create_entry", "result": code}

    # -- as a server --

    def serve(self):
        """Serve in the background; return the base URL."""
        instance = self

        class Answers(Handler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if self.path == "/api/websocket":
                    self._websocket()
                else:
                    self._send(*instance.get(self.path))

            def do_POST(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                form = "urlencoded" in (self.headers.get("Content-Type") or "")
                data = dict(urllib.parse.parse_qsl(raw)) if form else json.loads(raw or "{}")
                self._send(*instance.post(self.path, data))

            def _send(self, status, body):
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def _websocket(self):
                self.send_response(101)
                self.send_header("Upgrade", "websocket")
                self.send_header("Connection", "Upgrade")
                self.send_header("Sec-WebSocket-Accept", accept(self.headers["Sec-WebSocket-Key"]))
                self.end_headers()
                self.close_connection = True
                with contextlib.suppress(Closed, OSError):
                    instance.talk(Peer(self.rfile, self.wfile))

        self._server = Server(Answers)
        return self._server.url

    def talk(self, peer):
        """Speak with one client until it goes, or until a restart."""
        peer.send({"type": "auth_required", "ha_version": self.version})
        token = peer.receive()["access_token"]
        user = self.people.get(self.access.get(token))
        if user is None or not user["is_active"]:
            peer.send({"type": "auth_invalid", "message": "Invalid access token or password"})
            return
        peer.send({"type": "auth_ok", "ha_version": self.version})
        current = json.loads(_unpart(token.split(".")[1])).get("iss")
        restarts = self.restarts
        while restarts == self.restarts:
            message = peer.receive()
            try:
                result = self.command(user, current, message)
                peer.send({"id": message["id"], "type": "result", "success": True, "result": result})
            except CommandError as error:
                code, text = error.args
                peer.send(
                    {"id": message["id"], "type": "result", "success": False, "error": {"code": code, "message": text}}
                )

    def close(self):
        self._server.close()


def _part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _unpart(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
