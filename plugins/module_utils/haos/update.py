# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Updates of a Home Assistant OS by its Supervisor: a fresh backup that opens, then step by step; health, or back.

The Supervisor goes back by itself where a new Home Assistant does not answer. Where it answers and something is
missing, it is told to go back to the release before.
"""

from __future__ import annotations

import time

from ansible_collections.hearthwall.home.plugins.module_utils.backup.declare import Declaration
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administration import administration
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError, Unreachable
from ansible_collections.hearthwall.home.plugins.module_utils.ha.http_settings import normal
from ansible_collections.hearthwall.home.plugins.module_utils.haos.supervisor import Supervisor
from ansible_collections.hearthwall.home.plugins.module_utils.updates import wellness

# The Supervisor before what it updates, the system, which restarts the device, last.
ORDER = ("supervisor", "core", "app", "os")
FETCH = 1800  # seconds that fetching an image may take
PAUSE = 1.0


class UpdateFailed(HomeAssistantError):
    """An update was not kept, or not begun; the message says what stands now."""


def steps(updates, rules):
    """Return (the updates that are due, in order; why others wait)."""
    due, waiting = [], []
    for update in updates:
        if update["kind"] in ORDER:
            is_due, why = rules.decide(update)
            told = f"{update['name']} {update['latest']} waits: {why}"
            (due if is_due else waiting).append(update if is_due else told)
    return sorted(due, key=lambda update: (ORDER.index(update["kind"]), update["name"])), waiting


class SupervisedUpdate:
    """One run: everything that is due, until something fails."""

    def __init__(self, base_url, credentials, order, sleep=time.sleep):
        self._base_url = base_url
        self._credentials = credentials
        self._order = order
        self._sleep = sleep
        self.done = []

    def _session(self, patience=60):
        return administration(self._base_url, None, self._credentials, patience)

    def run(self):
        """Back up, then take each step; return what was done and the state before and after."""
        with self._session() as socket:
            before = self._observe(socket)
        backup = self._backup()
        for step in self._order["steps"]:
            take = {"core": self._core, "app": self._app, "supervisor": self._supervisor, "os": self._system}[
                step["kind"]
            ]
            take(step, before)
            self.done.append(f"{step['name']} {step['installed']} → {step['latest']}")
        with self._session() as socket:
            after = self._observe(socket)
        return {"before": before, "after": after, "backup": backup, "copy": None, "done": self.done}

    @staticmethod
    def _observe(socket):
        return {**wellness.observe(socket), "http": normal(socket.call("http/config")["stable"])}

    def _backup(self):
        """Have an archive made, and tried with the kept password; return its id."""
        password = self._order.get("password")
        if not password:
            raise UpdateFailed(
                "No password of the archives is kept, so no fresh backup can be tried. Nothing was updated. Apply the"
                " role backup first (--tags backup)"
            )
        with Declaration(self._base_url, None, self._credentials) as declaration:
            declaration.generate()
        with self._session() as socket, socket.patient(120):
            made = max(socket.call("backup/info")["backups"], key=lambda each: each["date"])
            agent = sorted(made["agents"])[0]
            copy = {"backup_id": made["backup_id"], "agent_id": agent, "password": password}
            try:
                socket.call("backup/can_decrypt_on_download", **copy)
            except HomeAssistantError as error:
                raise UpdateFailed(f"The fresh backup does not open ({error}). Nothing was updated") from error
        return made["backup_id"]

    def _ask(self, endpoint, data=None, timeout=FETCH):
        """Ask the Supervisor; Home Assistant may go away while it is at it."""
        try:
            with self._session() as socket:
                Supervisor(socket).post(endpoint, data, timeout)
        except Unreachable:
            return

    def _await(self, kind, version, seconds):
        """Wait until the Supervisor tells a version and Home Assistant has finished its start; return the version."""
        deadline, told = time.monotonic() + seconds, None
        while time.monotonic() < deadline:
            try:
                with self._session(5) as socket:
                    told = Supervisor(socket).get(f"/{kind}/info")["version"]
                    if told == version and socket.call("get_config").get("state", "RUNNING") == "RUNNING":
                        return told
            except HomeAssistantError:
                pass  # it is on its way down, or up
            self._sleep(PAUSE)
        return told

    def _core(self, step, before):
        self._ask("/core/update", {"version": step["latest"], "backup": False})
        told = self._await("core", step["latest"], self._order["start_timeout"])
        if told != step["latest"]:
            raise UpdateFailed(
                f"Home Assistant {step['latest']} did not come up; {told or 'nothing'} runs. {self._so_far()}"
                " See Settings > System > Logs > Supervisor"
            )
        wrong = self._complaints(before)
        if wrong:
            self._ask("/core/update", {"version": step["installed"], "backup": False})
            back = self._await("core", step["installed"], self._order["start_timeout"])
            where = f"{back} runs again" if back == step["installed"] else f"going back failed: {back} runs"
            raise UpdateFailed(f"With {step['latest']} {'; '.join(wrong)}. {where}. {self._so_far()}")

    def _complaints(self, before):
        """Return what is not as it was, after giving it time."""
        deadline = time.monotonic() + self._order["settle"]
        while True:
            with self._session() as socket:
                after = self._observe(socket)
            wrong = wellness.complaints(before, after, self._order["may_vanish"], self._order["least_entities"])
            if after["http"] != before["http"]:
                wrong.append("the HTTP settings are others")
            if not wrong or time.monotonic() > deadline:
                return wrong
            self._sleep(PAUSE)

    def _app(self, step, _before):
        with self._session() as socket:
            ran = Supervisor(socket).get(f"/addons/{step['slug']}/info")["state"]
        # The Supervisor keeps a backup of the app alone: its way back.
        self._ask(f"/store/addons/{step['slug']}/update", {"backup": True})
        with self._session() as socket:
            about = Supervisor(socket).get(f"/addons/{step['slug']}/info")
        if about["version"] != step["latest"] or (ran == "started" and about["state"] != "started"):
            raise UpdateFailed(
                f"{step['name']} is {about['version']} and {about['state']} after its update. {self._so_far()} Its"
                " backup is under Settings > System > Backups"
            )

    def _supervisor(self, step, _before):
        self._ask("/supervisor/update", {"version": step["latest"]})
        self._expect("supervisor", step)

    def _system(self, step, _before):
        self._ask("/os/update", {"version": step["latest"]})
        self._expect("os", step)

    def _expect(self, kind, step):
        told = self._await(kind, step["latest"], self._order["start_timeout"] * 2)
        if told != step["latest"]:
            raise UpdateFailed(f"{step['name']} is {told}, not {step['latest']}. {self._so_far()}")

    def _so_far(self):
        return f"Done before: {', '.join(self.done) or 'nothing'}."
