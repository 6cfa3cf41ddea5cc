# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One update of Home Assistant with a way back: backup, copy, switch, health, or everything as it was.

The configuration is copied while Home Assistant is stopped, because a newer release changes its stores and database in
ways an older one cannot read. Each step is written down before it is taken, so that whoever comes next can put back
what was cut short.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time

from ansible_collections.hearthwall.home.plugins.module_utils.ha import health
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administration import administration
from ansible_collections.hearthwall.home.plugins.module_utils.ha.client import Client
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.ha.trial import Trial
from ansible_collections.hearthwall.home.plugins.module_utils.updates import backup, releases, state, wellness
from ansible_collections.hearthwall.home.plugins.module_utils.updates.service import Service, UnitError

# The archives are not copied: Home Assistant only ever adds to them.
LEFT_OUT = ("backups",)
MARGIN = 128 << 20
KEEP = 2


class UpdateFailed(Exception):
    """The update was not kept; the message says why and what stands."""


class Update:
    """One update; ``order`` is what the controller has planned."""

    def __init__(self, order, credentials, folder=None, service=None):
        self.order = order
        self.credentials = credentials
        self.config_dir = order["config_dir"]
        self.service = service or Service(order["unit"])
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        self.folder = folder or os.path.join(state.FOLDER, f"{stamp}-{order['release']['version']}")
        self.book = {"drop_in": self.service.drop_in()}

    # -- the way there -----------------------------------------------------------------------------------------

    def run(self):
        """Update; return what was seen. Raise UpdateFailed where the old release runs (again)."""
        self._check_release()
        try:
            drop_in = self.service.text_for(self.order["release"])
            with self._session() as socket:
                health.observe_running(socket, time.monotonic() + health.START)
                before = wellness.observe(socket)
                self._check_space()
                made = backup.make(
                    socket, self.config_dir, f"Before {self.order['release']['version']}", self.order.get("password")
                )
        except (HomeAssistantError, UnitError, OSError) as error:
            raise UpdateFailed(f"{error}. Nothing was changed.") from error
        try:
            self._switch(before["version"], drop_in)
            after = self._judge(before)
        except (HomeAssistantError, UnitError, OSError, shutil.Error, subprocess.SubprocessError) as error:
            raise UpdateFailed(f"{error}. {self.back()}") from error
        self._note("done")
        state.prune(KEEP)
        return {"before": before, "after": after, "backup": made, "copy": self.folder}

    def _session(self, patience=health.START):
        return administration(self.order["base_url"], self.config_dir, self.credentials, patience)

    def _check_release(self):
        wanted = self.order["release"]
        there = releases.version_of(wanted["path"])
        if there != wanted["version"]:
            raise UpdateFailed(f"{wanted['path']} holds {there or 'no release'}, not {wanted['version']}.")
        unfinished = state.unfinished()
        if unfinished:
            raise UpdateFailed(f"The update {unfinished[0]['id']} was cut short. Put it back first.")

    def _check_space(self):
        size = sum(_size(os.path.join(self.config_dir, name)) for name in self._entries())
        os.makedirs(state.FOLDER, mode=0o700, exist_ok=True)
        for what, folder, wanted in (("the copy", state.FOLDER, size), ("the backup", self.config_dir, size)):
            disk = os.statvfs(folder)
            free = disk.f_bavail * disk.f_frsize
            if free < wanted + MARGIN:
                raise HomeAssistantError(
                    f"{what} of {size >> 20} MiB needs {(wanted + MARGIN) >> 20} MiB in {folder}, free are {free >> 20}"
                )

    def _entries(self):
        return sorted(name for name in os.listdir(self.config_dir) if name not in LEFT_OUT)

    def _note(self, phase, **more):
        self.book.update(phase=phase, **more)
        state.write(os.path.join(self.folder, state.BOOK), self.book)

    def _switch(self, version, drop_in):
        self._note(
            "stopped",
            **{"from": version, "to": self.order["release"]["version"]},
            unit=self.order["unit"],
            config_dir=self.config_dir,
            copied=False,
        )
        self.service.stop()
        copy_entries(self.config_dir, os.path.join(self.folder, "config"), self._entries())
        self._note("copied", copied=True)
        self._note("switched")
        self.service.put(drop_in)
        self.service.start()

    # -- whether it is well there ------------------------------------------------------------------------------

    def _judge(self, before):
        self._answers(self.order["start_timeout"])
        self._keep_http_settings()
        end = time.monotonic() + self.order["settle"]
        while True:
            with self._session() as socket:
                told = health.observe_running(socket, time.monotonic() + health.START)
                after = wellness.observe(socket)
            if told["version"] != self.order["release"]["version"]:
                raise HomeAssistantError(f"{told['version']} runs, not {self.order['release']['version']}")
            found = wellness.complaints(
                before, after, self.order.get("may_vanish") or (), self.order.get("least_entities", 0.9)
            )
            if not found:
                return after
            if time.monotonic() > end:
                raise HomeAssistantError(f"The new release is not well: {'; '.join(found)}")
            time.sleep(3)

    def _answers(self, seconds):
        client = Client(self.order["base_url"], timeout=5)
        trouble = self.service.await_answer(client.answers, seconds)
        if trouble:
            raise HomeAssistantError(f"Home Assistant {self.order['release']['version']}: {trouble}")

    def _keep_http_settings(self):
        """Have the HTTP settings of before promoted: a newer release takes YAML over on trial only, and forgets it."""
        if self.order.get("http") is None:
            return
        trial = Trial(self.order["base_url"], self.config_dir, self.credentials, self.order["unit"])
        try:
            trial.by_trial(self.order["http"], self.order.get("targets") or [])
        finally:
            trial.end()

    # -- the way back ------------------------------------------------------------------------------------------

    def back(self):
        """Put everything back and say how that ended. Can be done again where it was cut short."""
        try:
            self.service.stop()
            if self.book.get("copied"):
                with contextlib.suppress(OSError):  # a full disk keeps no note, and is no reason to stop here
                    self._note("restoring")
                put_back(os.path.join(self.folder, "config"), self.config_dir)
            self.service.put(self.book.get("drop_in"))
            self.service.start()
        except (UnitError, OSError, shutil.Error, subprocess.SubprocessError) as error:
            return (
                f"Putting it back was cut short: {error}. The copy is in {self.folder}; mend that and run the playbook"
                " again."
            )
        # Without the copy: what was put back needs none, and a full disk gets its space again.
        self.book["copied"] = False
        try:
            self._note("back")
            shutil.rmtree(os.path.join(self.folder, "config"), ignore_errors=True)
        except OSError:
            shutil.rmtree(self.folder, ignore_errors=True)
        trouble = self.service.await_answer(Client(self.order["base_url"], timeout=5).answers, health.START)
        if trouble:
            return f"Everything is as it was, but {trouble}: look at journalctl -u {self.order['unit']}."
        return f"Everything is as it was: {self.book.get('from')} runs with its own configuration."


def resume(identity, base_url, credentials):
    """Put back an update that was cut short."""
    folder = os.path.join(state.FOLDER, identity)
    book = state.read(os.path.join(folder, state.BOOK))
    release = {"version": book["to"]}
    order = {"config_dir": book["config_dir"], "unit": book["unit"], "base_url": base_url, "release": release}
    update = Update(order, credentials, folder)
    update.book = book
    return update.back()


def _size(path):
    if os.path.islink(path) or not os.path.isdir(path):
        return os.lstat(path).st_size
    return sum(_size(entry.path) for entry in os.scandir(path))


def copy_entries(source, target, names):
    """Copy entries of a folder with all their attributes; cheap where the file system can share blocks."""
    os.makedirs(target, mode=0o700, exist_ok=True)
    paths = [os.path.join(source, name) for name in names]
    if paths:
        run = subprocess.run(
            ["cp", "-a", "--reflink=auto", "--", *paths, target],
            capture_output=True,
            text=True,
            timeout=3600,
            check=False,
        )
        if run.returncode:
            raise OSError(f"copying the configuration: {run.stderr.strip().splitlines()[-1]}")
    subprocess.run(["sync", "-f", target], capture_output=True, timeout=600, check=False)


def put_back(source, target):
    """Make a folder what its copy is, but for what was left out of the copy."""
    wanted = sorted(os.listdir(source))
    for name in os.listdir(target):
        if name not in LEFT_OUT:
            path = os.path.join(target, name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
    copy_entries(source, target, wanted)
