# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Change Home Assistant's HTTP settings so that nobody can be locked out.

From release 2026.8 on Home Assistant itself holds a trial: it restarts with the new settings and goes back to the old
ones by itself unless they are promoted in time. They are promoted only after a new login and a look through the front
door. Before 2026.8 the settings are YAML: checked by Home Assistant, tried by a restart, put back if it fails.
"""

from __future__ import annotations

import contextlib
import os
import time

from ansible_collections.hearthwall.home.plugins.module_utils.ha import (
    administrator,
    configuration,
    front_door,
    http_settings,
    http_yaml,
    restart,
    storage,
)
from ansible_collections.hearthwall.home.plugins.module_utils.ha.client import Client
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import (
    CommandFailed,
    HomeAssistantError,
    Unreachable,
)
from ansible_collections.hearthwall.home.plugins.module_utils.ha.websocket import WebSocket

RUNNING = 240  # seconds until its start is finished
START = 150  # seconds until it answers again
PUT_BACK = " The old settings are in force again."


class TrialFailed(HomeAssistantError):
    """The new settings were not kept; the message says what stands now."""


def url_after(base_url, settings):
    """Return where Home Assistant answers, seen from its host, once settings are in force."""
    scheme = "https" if settings.get("ssl_certificate") else "http"
    hosts = settings.get("server_host") or []
    if not hosts or any(host in ("0.0.0.0", "::") for host in hosts):  # noqa: S104 (compared, not bound)
        host = base_url.split("://", 1)[1].rsplit(":", 1)[0]
    else:
        local = [name for name in hosts if name in ("127.0.0.1", "::1", "localhost")]
        host = (local or hosts)[0]
        host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}:{settings['server_port']}"


class Trial:
    """One change of the HTTP settings. Whatever happens, ``end`` closes what it opened."""

    def __init__(self, base_url, config_dir, credentials, unit=None, start=START):
        self.base_url = base_url
        self.config_dir = config_dir
        self.credentials = credentials
        self.unit = unit
        self.start = start
        self._url = base_url
        self._tokens = []
        self._sockets = []

    def _connect(self):
        client = Client(self._url)
        login = administrator.log_in_as_administrator(client, self.config_dir, self.credentials)
        if login.refresh_token:
            self._tokens.append(login.refresh_token)
        socket = WebSocket(client.url, login.access_token, client.timeout, client.ca_file)
        self._sockets.append(socket)
        return login, socket

    def end(self):
        """End every session of this visit at the instance that now runs."""
        for socket in self._sockets:
            socket.close()
        for token in self._tokens:
            with contextlib.suppress(HomeAssistantError):
                Client(self._url).revoke(token)

    @staticmethod
    def _await_running(socket):
        """Wait until a start is finished: before that, Home Assistant takes no new settings."""
        deadline = time.monotonic() + RUNNING
        while socket.call("get_config").get("state", "RUNNING") != "RUNNING":
            if time.monotonic() > deadline:
                raise TrialFailed(f"Home Assistant has not finished its start within {RUNNING} s. Nothing was changed.")
            time.sleep(1)

    def _comes_up(self, settings):
        url = url_after(self.base_url, http_settings.effective(settings))
        if not Client(url).wait(time.monotonic() + self.start):
            return False
        self._url = url
        return True

    # Release 2026.8 and later.

    def by_trial(self, wanted, targets):
        """Configure, restart, verify, promote. Raise TrialFailed where the old settings stay in force."""
        _login, socket = self._connect()
        state = socket.call("http/config")
        target = http_settings.merge(state["stable"], wanted)
        running = state["pending"] if state["active_config_type"] == "pending" else None
        if running is None or http_settings.normal(running) != target:
            self._await_running(socket)
            try:
                restarts = socket.call("http/config/configure", config=target)["restart"]
            except CommandFailed as error:
                raise TrialFailed(f"Home Assistant refuses the settings: {error}. Nothing was changed.") from error
            if not restarts:
                return
            if not socket.wait_closed(restart.STOP):
                raise TrialFailed("Home Assistant did not restart to try the settings.")
        if not self._comes_up(target):
            raise TrialFailed(
                f"With the new settings Home Assistant does not answer at {url_after(self.base_url, target)}. It goes"
                " back to the old ones by itself, five minutes after its start at the latest."
            )
        try:
            _login, socket = self._connect()
            if target == http_settings.normal(state["stable"]):
                return
            self._judge(socket, target, state["stable"], targets)
        except Unreachable as error:
            raise TrialFailed(
                f"{error}. Settings that are not promoted are undone by Home Assistant itself."
            ) from error

    def _judge(self, socket, target, stable, targets):
        state = socket.call("http/config")
        pending = state["pending"] or {}
        if state["active_config_type"] != "pending":
            why = pending.get("error_message") or pending.get("error") or "it started with the old ones"
            raise TrialFailed(f"Home Assistant could not apply the settings: {why}.{PUT_BACK}")
        found = front_door.problems(targets)
        if found:
            raise TrialFailed(f"{'; '.join(found)}.{self._abandon(socket, stable)}")
        socket.call("http/config/promote")
        after = socket.call("http/config")
        if after["pending"] is not None or http_settings.normal(after["stable"]) != target:
            raise TrialFailed("Home Assistant promoted something else than what was tried: look at Settings > Network.")

    def _abandon(self, socket, stable):
        """Go back at once rather than in five minutes: the front door may be shut meanwhile."""
        try:
            self._await_running(socket)
            socket.call("http/config/configure", config=None)
            if socket.wait_closed(restart.STOP) and self._comes_up(stable):
                return PUT_BACK
        except HomeAssistantError:
            pass
        return " Home Assistant goes back to the old settings by itself within five minutes."

    # Before release 2026.8.

    def by_yaml(self, wanted, targets):
        """Write, have it checked, restart, verify; put the files and the instance back where that fails."""
        files = _Files(self.config_dir)
        written, source = configuration.http(configuration.load(self.config_dir))
        if source.startswith("package"):
            raise TrialFailed(f"http: stands in the {source}. Move it to configuration.yaml. Nothing was changed.")
        stable = http_settings.normal(written or {})
        target = http_settings.merge(stable, wanted)
        laid = {key: target.get(key) for key in {*wanted, *(set(stable) - set(target))}}
        login, socket = self._connect()
        self._await_running(socket)
        try:
            files.write(laid)
            self._check(login)
            if not restart.by_api(socket):
                raise TrialFailed("Home Assistant did not restart")
        except BaseException as error:
            files.put_back()
            if isinstance(error, HomeAssistantError):
                raise TrialFailed(f"{error}. configuration.yaml is as it was, and was not put in force.") from error
            raise
        try:
            if not self._comes_up(target):
                raise TrialFailed(
                    f"With the new settings Home Assistant does not answer at {url_after(self.base_url, target)}"
                )
            self._connect()
            found = front_door.problems(targets)
            if found:
                raise TrialFailed("; ".join(found))
        except BaseException as error:
            files.put_back()
            back = self._restart() and self._comes_up(stable)
            if isinstance(error, HomeAssistantError):
                state = PUT_BACK if back else " The files are as they were: restart Home Assistant."
                raise TrialFailed(f"{error}.{state}") from error
            raise

    def _check(self, login):
        answer = Client(self._url, timeout=60).post("/api/config/core/check_config", {}, login.access_token)
        if answer.get("result") != "valid":
            raise HomeAssistantError(f"Home Assistant finds the new configuration invalid: {answer.get('errors')}")

    def _restart(self):
        """Restart by the unit where there is one, else by the API; return whether that was possible."""
        if self.unit:
            return restart.by_unit(self.unit)
        try:
            _login, socket = self._connect()
            return restart.by_api(socket)
        except HomeAssistantError:
            return False

    # Bans.

    def unban(self, addresses):
        """Take our own and the proxies' addresses out of ip_bans.yaml; the file is read only at a start."""
        path = os.path.join(self.config_dir, "ip_bans.yaml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        _replace(path, without_bans(text, addresses))
        if not self._restart():
            raise TrialFailed(
                "The bans are out of ip_bans.yaml, which is read at a start only: restart Home Assistant."
            )
        if not Client(self.base_url).wait(time.monotonic() + self.start):
            raise TrialFailed(f"Home Assistant does not answer at {self.base_url} after its restart.")

    # Afterwards.

    def wait_until_settled(self, seconds=8):
        """Wait until Home Assistant's store has forgotten our sessions."""
        deadline = time.monotonic() + seconds
        time.sleep(1.3)
        while time.monotonic() < deadline:
            held = {token["token"] for token in storage.auth(self.config_dir)["refresh_tokens"]}
            if not held & set(self._tokens):
                return True
            time.sleep(0.2)
        return False


def without_bans(text, addresses):
    """Return the text of ip_bans.yaml without some addresses; the rest stays as it is."""
    kept, dropping = [], False
    for line in text.splitlines(keepends=True):
        if line.strip() and line[0] not in " \t#":
            dropping = line.split(": ")[0].strip().rstrip(":").strip("\"'") in addresses
        if not dropping:
            kept.append(line)
    return "".join(kept)


def _replace(path, text):
    """Put a text in the place of a file at once, with its owner and mode."""
    path = os.path.realpath(path)
    like = os.stat(path)
    staged = f"{path}.hearthwall"
    with open(staged, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(staged, like.st_mode & 0o7777)
    os.chown(staged, like.st_uid, like.st_gid)
    os.replace(staged, path)


class _Files:
    """configuration.yaml and our own file beside it, with what they were."""

    def __init__(self, config_dir):
        self._main = os.path.join(config_dir, configuration.FILE)
        self._own = os.path.join(config_dir, http_yaml.OWNED)
        self._folder = config_dir
        self._before = self._read(self._main)
        self._own_before = self._read(self._own) if os.path.exists(self._own) else None

    @staticmethod
    def _read(path):
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()

    def write(self, laid):
        """Write both files with settings laid over those written now."""
        name = http_yaml.included(self._before)
        present = self._read(os.path.join(self._folder, name)) if name else None
        try:
            main, own = http_yaml.rewrite(self._before, present, laid)
        except http_yaml.Unsuited as error:
            raise HomeAssistantError(str(error)) from error
        if self._own_before is None:
            like = os.stat(self._main)
            descriptor = os.open(self._own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, like.st_mode & 0o666)
            os.close(descriptor)
            os.chown(self._own, like.st_uid, like.st_gid)
        _replace(self._own, own)
        if main != self._before:
            _replace(self._main, main)

    def put_back(self):
        """Make both files what they were, byte for byte."""
        if self._read(self._main) != self._before:
            _replace(self._main, self._before)
        if self._own_before is None:
            os.unlink(self._own)
        else:
            _replace(self._own, self._own_before)
