# SPDX-License-Identifier: GPL-3.0-or-later
"""A guarded change stands once it is confirmed over a new connection; otherwise the host puts it back by itself."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.visit import (
    clock,
    command,
    errors,
    execute,
    guard,
    journal,
    watcher,
)

from .conftest import Fault, tree, visit


@pytest.fixture(autouse=True)
def unit_folder(tmp_path, monkeypatch):
    """Where the guard's units land."""
    folder = tmp_path / "units"
    folder.mkdir()
    monkeypatch.setattr(guard, "UNITS", str(folder))
    return folder


@pytest.fixture
def guarded(whole, home, manager):
    def make(observer=None):
        desired = whole()
        desired["guard"] = {"timeout": 60}
        return visit(desired, home, observer)

    return make


def test_armed_before_the_swap_and_waiting_after_it(guarded, unit_folder, host, home, monkeypatch):
    seen = []
    monkeypatch.setattr(guard, "session", lambda: "first")
    result = guarded(seen.append).run()
    assert seen.index("arm") < min(seen.index(step) for step in seen if step.startswith("swap"))
    [left] = journal.pending(str(home))
    assert left["state"] == "unconfirmed" and left["remaining"] > 50
    assert result["guard"]["id"] == left["id"]
    assert len(list(unit_folder.rglob("hearthwall-guard-*"))) == 5
    with pytest.raises(guard.GuardError, match="new connection"):
        guard.confirm(left["id"], str(home))
    monkeypatch.setattr(guard, "session", lambda: "second")
    guard.confirm(left["id"], str(home))
    assert (host / "old.conf").read_text() == "new\n"
    assert not list(unit_folder.rglob("hearthwall-guard-*"))
    assert guard.status(left["id"], str(home)) == [{"id": left["id"], "state": "confirmed"}]


def test_after_the_timer_the_old_state_is_back_and_confirming_fails(guarded, unit_folder, host, home, monkeypatch):
    before = tree(host)
    guarded().run()
    [left] = journal.pending(str(home))
    folder = os.path.join(journal.base(str(home)), left["id"])
    journal.update(folder, deadline=clock.now() - 1)
    with pytest.raises(guard.GuardError, match="not confirmed in time"):
        guard.confirm(left["id"], str(home))
    assert watcher.watch(folder) == 0
    assert tree(host) == before
    with pytest.raises(guard.GuardError, match="is back since"):
        guard.confirm(left["id"], str(home))
    assert not list(unit_folder.rglob("hearthwall-guard-*"))


def test_the_timer_takes_over_from_a_killed_visit(guarded, host, home):
    before = tree(host)
    child = os.fork()
    if child == 0:
        guarded(lambda step: step.startswith("swap") and os.kill(os.getpid(), signal.SIGKILL)).run()
        os._exit(0)
    os.waitpid(child, 0)
    [left] = journal.pending(str(home))
    assert watcher.watch(os.path.join(journal.base(str(home)), left["id"])) == 0
    assert tree(host) == before


def test_a_boot_starts_with_the_old_files(guarded, host, home, manager, monkeypatch):
    before = tree(host)
    guarded().run()
    [left] = journal.pending(str(home))
    folder = os.path.join(journal.base(str(home)), left["id"])
    assert watcher.at_boot(folder) == 0
    assert tree(host) != before
    monkeypatch.setattr(clock, "boot_id", lambda: "the next boot")
    assert watcher.at_boot(folder) == 0
    assert tree(host) == before
    with pytest.raises(guard.GuardError):
        guard.confirm(left["id"], str(home))
    assert watcher.watch(folder) == 0
    assert journal.pending(str(home)) == []


def test_a_visit_that_hangs_does_not_stop_the_guard(guarded, host, home):
    before = tree(host)
    child = os.fork()
    if child == 0:
        guarded(lambda step: step == "done" and signal.pause()).run()
        os._exit(0)
    folder = None
    while not folder or not journal.read(folder)["touched"]:
        folder = (journal.folders(str(home)) or [None])[0]
    while (host / "old.conf").read_text() != "new\n":
        pass
    (host / ".hearthwall-0123456789abcdef").write_text("half a secret")
    journal.update(folder, limit=clock.now())
    assert watcher.watch(folder) == 0
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert tree(host) == before


def test_without_systemd_it_is_refused_before_the_swap(guarded, host, home, monkeypatch):
    before = tree(host)
    monkeypatch.setattr(guard.units, "supervised", lambda: False)
    monkeypatch.setattr(execute.Visit, "look", _look_with(execute.Visit.look, monkeypatch))
    with pytest.raises(errors.VisitError, match="needs systemd.*Nothing was swapped in"):
        guarded().run()
    assert tree(host) == before


def test_a_failed_visit_leaves_no_guard(guarded, unit_folder, host, home):
    before = tree(host)
    with pytest.raises(errors.VisitError):
        guarded(lambda step: (_ for _ in ()).throw(Fault("broken")) if step.startswith("health") else None).run()
    assert tree(host) == before
    assert not list(unit_folder.rglob("hearthwall-guard-*"))


def _look_with(look, monkeypatch):
    def patched(self):
        with monkeypatch.context() as patch:
            patch.setattr(execute.units, "supervised", lambda: True)
            return look(self)

    return patched


def test_a_stand_alone_copy_can_be_run(tmp_path, host, home, manager):
    folder = journal.create("hand", paths=[f"{host}/old.conf"], home=str(home))
    code = tmp_path / "code"
    code.mkdir()
    for part in guard.PARTS:
        (code / (part.__name__.rpartition(".")[2] + ".py")).write_text(part.__loader__.get_source(part.__name__))
    command.run([sys.executable, "-EsB", str(code / guard.PROGRAM), "check", folder])
