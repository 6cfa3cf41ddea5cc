# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bringing a Home Assistant back from a copy: fetch the newest good archive, let Home Assistant restore it, log in.

Home Assistant itself unpacks its archive at its start (the file .HA_RESTORE asks it to). In a drill it comes up with no
network but its own loopback, so that the twin of a home can neither be reached nor switch anything.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pwd
import re
import shutil
import subprocess
import time

from ansible_collections.hearthwall.home.plugins.module_utils.backup import archives, restic, securetar
from ansible_collections.hearthwall.home.plugins.module_utils.ha import administrator, http_settings, storage
from ansible_collections.hearthwall.home.plugins.module_utils.ha.client import Client
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError

REQUEST, RESULT = ".HA_RESTORE", ".HA_RESTORE_RESULT"
START = 900  # seconds until a restored instance answers; a big history takes its time
CLONE_NEWNET = 0x40000000
ALONE = "[Service]\nPrivateNetwork=yes\n"


class RestoreFailed(Exception):
    """It did not come back; the text says how far it got and what stands."""


class Restore:
    """One restoration onto this host."""

    def __init__(self, config_dir, unit, repository, alone):
        self.config_dir = config_dir
        self.unit = unit
        self.repository = repository
        self.alone = alone
        self.steps = []
        self._owner = pwd.getpwnam(systemd(unit, "User") or "root")

    @contextlib.contextmanager
    def step(self, name):
        """Time one step."""
        began = time.monotonic()
        yield
        self.steps.append({"step": name, "seconds": round(time.monotonic() - began, 1)})

    # Fetching.

    def fetch(self, folder, passwords):
        """Fetch the newest copy whose archive can be proved good; return (snapshot, archive, password, proof, bad)."""
        found = self.repository.lines("snapshots", "--no-lock", "--tag", "hearthwall")
        listed = sorted(found[0] if found else [], key=lambda each: each["time"], reverse=True)
        if not listed:
            raise RestoreFailed("the repository holds no copy")
        bad = []
        for snapshot in listed:
            try:
                path = self._newest_archive(snapshot["id"])
                return (snapshot, *self._dump(snapshot["id"], path, folder, passwords), bad)
            except (RestoreFailed, restic.ResticError, securetar.Unprovable) as error:
                bad.append(f"{snapshot['short_id']} of {snapshot['time'][:19]}: {error}")
        raise RestoreFailed(f"no copy is good: {'; '.join(bad)}")

    def _newest_archive(self, snapshot):
        listed = self.repository.lines("ls", "--no-lock", snapshot)
        tars = [
            each
            for each in listed
            if each.get("type") == "file" and f"/{archives.FOLDER}/" in each["path"] and each["path"].endswith(".tar")
        ]
        if not tars:
            raise RestoreFailed("no archive of Home Assistant is in it")
        return max(tars, key=lambda each: each["mtime"])["path"]

    def _dump(self, snapshot, path, folder, passwords):
        target = os.path.join(folder, os.path.basename(path))
        with open(target, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            process = self.repository.start("dump", "--no-lock", snapshot, path)
            shutil.copyfileobj(process.stdout, file, 1 << 20)
            complaint = process.stderr.read()
            if process.wait():
                raise RestoreFailed(restic.complaint("dump", complaint))
        password, proof = self._proved(target, passwords)
        return target, password, proof

    @staticmethod
    def _proved(path, passwords):
        for password in passwords:
            try:
                with open(path, "rb") as file:
                    return password, securetar.prove(file, password)
            except securetar.WrongPassword:
                continue
        raise RestoreFailed("none of the passwords that are kept opens the archive")

    # Restoring.

    def stop(self):
        """Stop Home Assistant, and see to it that a drill's comes up with nobody to talk to."""
        subprocess.run(["systemctl", "stop", self.unit], check=False, capture_output=True, timeout=180)
        folder = f"/run/systemd/system/{self.unit}.d"
        if self.alone:
            os.makedirs(folder, exist_ok=True)
            with open(f"{folder}/drill.conf", "w", encoding="utf-8") as file:
                file.write(ALONE)
        elif os.path.exists(f"{folder}/drill.conf"):
            os.unlink(f"{folder}/drill.conf")
        subprocess.run(["systemctl", "daemon-reload"], check=True, capture_output=True, timeout=60)

    def keep(self):
        """Keep what is there beside itself; return where, or None where there is nothing."""
        if not os.path.isdir(self.config_dir) or not os.listdir(self.config_dir):
            return None
        kept = f"{self.config_dir}.before-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        os.mkdir(kept, 0o700)
        subprocess.run(
            ["cp", "-a", "--reflink=auto", f"{self.config_dir}/.", kept], check=True, capture_output=True, timeout=7200
        )
        return kept

    def unpack(self, archive, password):
        """Have Home Assistant restore an archive at its start, and wait until it has."""
        os.makedirs(self.config_dir, exist_ok=True)
        for name in os.listdir(self.config_dir) if self.alone else ():
            _remove(os.path.join(self.config_dir, name))
        folder = archives.folder_of(self.config_dir)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        place = os.path.join(folder, os.path.basename(archive))
        shutil.move(archive, place)
        inside = configured(self.unit) or self.config_dir
        order = {
            "path": f"{inside}/{archives.FOLDER}/{os.path.basename(place)}",
            "password": password,
            "remove_after_restore": False,
            "restore_database": True,
            "restore_homeassistant": True,
        }
        request = os.path.join(self.config_dir, REQUEST)
        descriptor = os.open(request, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(order, file)
        for path in (self.config_dir, folder, place, request):
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        result = os.path.join(self.config_dir, RESULT)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(result)
        subprocess.run(["systemctl", "start", self.unit], check=True, capture_output=True, timeout=180)
        self._await_unpacked(request, result)

    def _await_unpacked(self, request, result):
        # The result is written before Home Assistant ends to be started anew, and read away after that start.
        deadline = time.monotonic() + START
        began = False
        while time.monotonic() < deadline:
            began = began or not os.path.exists(request)
            if began and os.path.exists(result):
                with open(result, encoding="utf-8") as file:
                    told = json.load(file)
                if not told.get("success"):
                    raise RestoreFailed(f"Home Assistant could not restore the archive: {told.get('error')}")
                return
            if began and os.path.exists(storage.path_of(self.config_dir, "auth")) and self._pid_of_a_second_start():
                return
            time.sleep(0.1)
        raise RestoreFailed("Home Assistant did not restore the archive in time")

    def _pid_of_a_second_start(self):
        return int(systemd(self.unit, "NRestarts") or 0) > 0

    # Proving.

    def log_in(self, credentials):
        """Log in with password and second factor as the declared administrator; return what its API tells."""
        url = self._url()
        deadline = time.monotonic() + START
        while True:
            try:
                with self._beside():
                    client = Client(url)
                    if not client.answers():
                        raise HomeAssistantError(f"{url} does not answer yet")
                    login = administrator.log_in(
                        client,
                        self.config_dir,
                        credentials.admin,
                        credentials.passwords[credentials.admin],
                        credentials.secrets.get(credentials.admin, ()),
                    )
                    states = client.get("/api/states", login.access_token)
                    client.revoke(login.refresh_token)
                asked, _secret = administrator.enrolled_secret(self.config_dir, credentials.admin, ())
                return {"second_factor": asked, "states": len(states)}
            except (HomeAssistantError, OSError) as error:
                if time.monotonic() > deadline:
                    raise RestoreFailed(f"nobody can log in: {error}") from error
                time.sleep(0.5)

    def _url(self):
        stored = storage.http(self.config_dir) or {}
        settings = http_settings.effective(stored.get("stable") or {})
        scheme = "https" if settings.get("ssl_certificate") else "http"
        hosts = settings.get("server_host") or ["127.0.0.1"]
        host = "127.0.0.1" if hosts[0] in ("0.0.0.0", "::") else hosts[0]  # noqa: S104 (compared, not bound)
        return f"{scheme}://{host}:{settings['server_port']}"

    @contextlib.contextmanager
    def _beside(self):
        """Be, for a moment, in the network that Home Assistant has to itself."""
        if not self.alone:
            yield
            return
        pid = systemd(self.unit, "MainPID")
        if not pid or pid == "0":
            raise HomeAssistantError("Home Assistant is not running")
        own = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            other = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
            try:
                _enter(other)
            finally:
                os.close(other)
            try:
                yield
            finally:
                _enter(own)
        finally:
            os.close(own)

    def end(self):
        """Stop a drill's twin and take everything of it away again."""
        subprocess.run(["systemctl", "stop", self.unit], check=False, capture_output=True, timeout=180)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"/run/systemd/system/{self.unit}.d/drill.conf")
        for name in os.listdir(self.config_dir):
            _remove(os.path.join(self.config_dir, name))
        subprocess.run(["systemctl", "disable", self.unit], check=False, capture_output=True, timeout=60)
        subprocess.run(["systemctl", "daemon-reload"], check=False, capture_output=True, timeout=60)


def _remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def _enter(descriptor):
    # os.setns came with Python 3.12.
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "the network of Home Assistant cannot be entered")


def systemd(unit, name):
    """Return one property of a unit."""
    run = subprocess.run(
        ["systemctl", "show", "--property", name, "--value", unit],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return run.stdout.strip()


def configured(unit):
    """Return the configuration directory as Home Assistant itself sees it, by the command that starts it."""
    match = re.search(r"(?:--config[ =]|-c )(\S+)", systemd(unit, "ExecStart"))
    return match.group(1).rstrip("/;") if match else None
