# SPDX-License-Identifier: GPL-3.0-or-later
"""A host in a folder, and a service manager that only remembers."""

from __future__ import annotations

import getpass
import grp
import os

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.visit import (
    command,
    desired,
    execute,
    health,
    service_changes,
    units,
)


class Fault(command.CommandError):
    """What a step is made to fail with."""


def visit(desired, home, observer=None, **more):
    """Return a visit whose state is kept in a folder of the test."""
    return execute.Visit(desired, home=str(home), observer=observer, **more)


class ServiceManager:
    """Stands in for systemctl: a dict of units, and the list of what was asked of it."""

    def __init__(self):
        self.state = {}
        self.asked = []
        self.failing = set()

    def systemctl(self, *arguments):
        words = [word for word in arguments if not word.startswith("--")]
        self.asked.append(" ".join(words))
        verb, names = words[0], words[1:]
        if verb == "show":
            assert "--property=Triggers" in arguments, "the rest of show is answered elsewhere"
            return "".join(name.replace(".socket", ".service") for name in names)
        for name in names:
            if (verb, name) in self.failing:
                raise command.CommandError(f"`systemctl {verb} {name}` failed with exit status 1: refused")
            if verb in ("start", "restart") and name.endswith(".socket") and self._runs(name[:-7] + ".service"):
                raise command.CommandError(f"{name}: its service is already active, refusing")
            unit = self.state.setdefault(name, {"active": "inactive", "enabled": "disabled"})
            if verb in ("start", "restart", "reload-or-restart"):
                unit["active"] = "active"
            elif verb == "stop":
                unit["active"] = "inactive"
            elif verb in ("enable", "unmask"):
                unit["enabled"] = "enabled" if verb == "enable" else "disabled"
            elif verb == "disable":
                unit["enabled"] = "disabled"
        return ""

    def _runs(self, name):
        return self.state.get(name, {}).get("active") == "active"

    def show(self, names):
        return {name: dict(self.state.get(name, {"active": "inactive", "enabled": "absent"})) for name in names}


@pytest.fixture
def manager(monkeypatch):
    """The service manager that the code under test speaks to."""
    stand_in = ServiceManager()
    monkeypatch.setattr(units, "systemctl", stand_in.systemctl)
    monkeypatch.setattr(units, "show", stand_in.show)
    monkeypatch.setattr(units, "supervised", lambda: True)
    monkeypatch.setattr(execute.services, "look_at", stand_in.show)
    monkeypatch.setattr(execute.packages, "look", lambda: {"nginx": "1"})
    monkeypatch.setattr(service_changes, "SETTLE", 0)
    monkeypatch.setattr(service_changes, "SETTLE_AFTER", 0)
    monkeypatch.setattr(service_changes, "log", lambda name: "")
    monkeypatch.setattr(health, "SETTLE", 0)
    return stand_in


@pytest.fixture
def home(tmp_path):
    """Where the host keeps journals and the manifest."""
    return tmp_path / "state"


@pytest.fixture
def me():
    """Owner and group that a test may give to files without being root."""
    return {"owner": getpass.getuser(), "group": grp.getgrgid(os.getegid()).gr_name}


@pytest.fixture
def host(tmp_path, manager, me):
    """A small host: a directory with a file, a link and a file too many, and a running unit."""
    root = tmp_path / "etc"
    root.mkdir(mode=0o755)
    (root / "old.conf").write_text("old\n")
    (root / "old.conf").chmod(0o640)
    os.utime(root / "old.conf", ns=(1_000_000_000, 2_000_000_000))
    (root / "too-many").write_text("x\n")
    (root / "current").symlink_to("somewhere")
    (root / "odd").mkdir(mode=0o711)
    manager.state["web.service"] = {"active": "active", "enabled": "enabled"}
    return root


@pytest.fixture
def wish(host, me):
    """Return a function that makes a desired state on that host, with changes to it."""

    def make(**changes):
        arguments = {
            "role": "web",
            "control": "HW-WEB-01",
            "directories": [
                {"path": f"{host}/new.d", "mode": "0750", **me},
                {"path": f"{host}/new.d/sub", **me},
                {"path": f"{host}/odd", "mode": "0755", **me},
            ],
            "files": [
                {"path": f"{host}/old.conf", "content": "new\n", "mode": "0600", **me},
                {"path": f"{host}/new.d/sub/a.conf", "content": "a\n", **me},
                {"path": f"{host}/secret", "content": "hunter2 is the word\n", "secret": True, **me},
            ],
            "links": [
                {"path": f"{host}/current", "target": "old.conf"},
                {"path": f"{host}/fresh", "target": "old.conf"},
            ],
            "absent": [f"{host}/too-many"],
            "services": [
                {"name": "web", "enabled": True, "state": "started", "reload_on": [str(host)]},
                {"name": "extra", "enabled": True, "state": "started"},
            ],
            **changes,
        }
        found = desired.normalise(arguments)
        for item in found["files"]:
            item["data"] = item["content"].encode()
        return found

    return make


@pytest.fixture
def whole(wish, host):
    """A visit that has every kind of step."""
    return lambda: wish(
        prepare=[{"argv": ["touch", f"{host}/made"], "creates": f"{host}/made"}],
        validate=[{"argv": ["test", "-s", f"{{stage}}{host}/old.conf"], "trees": [str(host)]}],
        commands=[{"argv": ["true"], "on": [str(host)]}],
        finish=[{"argv": ["true"]}],
        health=[{"argv": ["true"]}],
    )


def tree(root):
    """Return everything that can be seen of a folder: types, modes, contents, targets, times of files."""
    seen = {}
    for folder, folders, names in os.walk(root):
        for name in sorted(folders + names):
            path = os.path.join(folder, name)
            found = os.lstat(path)
            about = [oct(found.st_mode), found.st_uid, found.st_gid]
            if os.path.islink(path):
                about.append(os.readlink(path))
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    about += [file.read(), found.st_mtime_ns]
            seen[os.path.relpath(path, root)] = about
    return seen
