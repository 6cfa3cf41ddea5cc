# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commit-confirm: a change is put back by the host itself unless somebody confirms it over a new connection.

The guard is three units on disk. A timer counts the seconds; its service puts back what the journal kept. If the
host restarts before the word came, a second service puts the files back early in the boot, before the firewall and
the network come up, and the timer does the rest once the host runs: an unconfirmed change never survives a boot.

Any change can be guarded: ``journal.create()``, ``arm()``, change, ``await_confirmation()``; then ``confirm()`` from
another connection.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time

from ansible_collections.hearthwall.home.plugins.module_utils.host import place
from ansible_collections.hearthwall.home.plugins.module_utils.visit import (
    clock,
    command,
    journal,
    rollback,
    ruleset,
    units,
    watcher,
)

UNITS = "/etc/systemd/system"
CODE = "code"
# What the timer runs, and everything that it imports.
PARTS = (watcher, rollback, journal, clock, command, place, ruleset, units)
PROGRAM = "watcher.py"

SERVICE = """\
[Unit]
Description=Hearthwall: put back the unconfirmed change {id}
RequiresMountsFor={folder}
StartLimitIntervalSec=600
StartLimitBurst=5

[Service]
Type=oneshot
ExecStart={python} -EsB {code} watch {folder}
TimeoutStartSec=infinity
Restart=on-failure
RestartSec=15
"""
TIMER = """\
[Unit]
Description=Hearthwall: the time to confirm {id}

[Timer]
OnActiveSec={timeout}s
AccuracySec=100ms
Unit={name}.service

[Install]
WantedBy=timers.target
"""
BOOT = """\
[Unit]
Description=Hearthwall: start with the files from before the unconfirmed change {id}
DefaultDependencies=no
RequiresMountsFor={folder} /etc /usr
After=local-fs.target
Before=sysinit.target network-pre.target nftables.service hearthwall-firewall.service shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
ExecStart={python} -EsB {code} boot {folder}

[Install]
WantedBy=sysinit.target
"""


class GuardError(Exception):
    """The guard does not allow what was asked, or cannot be had on this host."""


def arm(folder, timeout):
    """Start the clock for a journal; from now on the host puts it back by itself."""
    if not units.supervised():
        raise command.CommandError("a guarded change needs systemd for its timer, and this host is not run by it")
    book = journal.read(folder)
    name = f"hearthwall-guard-{book['id']}"
    code = os.path.join(folder, CODE)
    os.makedirs(code, mode=0o700, exist_ok=True)
    owner, group = os.geteuid(), os.getegid()
    for part in PARTS:
        path = os.path.join(code, part.__name__.rpartition(".")[2] + ".py")
        place.put_file(path, part.__loader__.get_source(part.__name__).encode(), 0o600, owner, group)
    # A guard that cannot run is worse than none: see that it can, as the timer will run it.
    command.run([sys.executable, "-EsB", os.path.join(code, PROGRAM), "check", folder], timeout=30)
    words = {
        "id": book["id"],
        "folder": folder,
        "name": name,
        "timeout": f"{timeout:g}",
        "python": sys.executable,
        "code": os.path.join(code, PROGRAM),
    }
    files = {f"{name}.service": SERVICE, f"{name}.timer": TIMER, f"{name}-boot.service": BOOT}
    links = {
        f"timers.target.wants/{name}.timer": f"{name}.timer",
        f"sysinit.target.wants/{name}-boot.service": f"{name}-boot.service",
    }
    paths = [os.path.join(UNITS, part) for part in (*links, *files)]
    # Known to the journal before they exist, so that nothing is left behind whatever happens in between.
    journal.update(folder, guard={"timer": f"{name}.timer", "files": paths, "timeout": timeout, "session": session()})
    for part, text in files.items():
        place.put_file(os.path.join(UNITS, part), text.format(**words).encode(), 0o644, owner, group)
    for part, target in links.items():
        path = os.path.join(UNITS, part)
        if not os.path.isdir(os.path.dirname(path)):
            place.put_directory(os.path.dirname(path), 0o755, owner, group)
        place.put_link(path, os.path.join(UNITS, target))
    os.sync()
    units.systemctl("daemon-reload")
    units.systemctl("start", f"{name}.timer")
    if units.show([f"{name}.timer"])[f"{name}.timer"]["active"] != "active":
        raise command.CommandError(f"the guard's timer {name}.timer did not start")
    return {"id": book["id"], "timeout": timeout, "restores_at": clock.utc(time.time() + timeout)}


def await_confirmation(folder):
    """Everything is in place and healthy: from here on only the confirmation is missing."""
    book = journal.read(folder)
    timeout = book["guard"]["timeout"]
    journal.update(folder, state=journal.UNCONFIRMED, deadline=clock.now() + timeout)
    return {"id": book["id"], "timeout": timeout, "restores_at": clock.utc(time.time() + timeout)}


def disarm(folder):
    """Take the guard's units of a journal away, after it was put back or confirmed."""
    try:
        guard = journal.read(folder)["guard"]
    except FileNotFoundError:
        return
    if guard:
        _disarm(guard)


def _disarm(guard):
    service = guard["timer"].removesuffix(".timer") + ".service"
    with contextlib.suppress(command.CommandError):
        units.systemctl("stop", guard["timer"], service)
    for path in guard["files"]:
        place.remove(path)
    with contextlib.suppress(command.CommandError):
        units.systemctl("daemon-reload")


def confirm(identity, home=journal.HOME):
    """The change stands. Refused over the connection that made it: that one may live where no new one would."""
    folder = _find(identity, home)
    with journal.locked(folder):
        book = journal.read(folder)
        guard = book["guard"]
        if book["state"] == journal.RESTORED:
            raise GuardError(
                f"{identity} was not confirmed in time: the state before it is back since {book['restored']}"
            )
        if book["state"] != journal.UNCONFIRMED or not guard:
            raise GuardError(f"{identity} does not wait to be confirmed: it is {book['state']}")
        if book["boot"] != clock.boot_id() or clock.now() >= book["deadline"]:
            raise GuardError(f"{identity} was not confirmed in time: the state before it is being put back")
        if guard["session"] and guard["session"] == session():
            raise GuardError(f"{identity} has to be confirmed over a new connection, and this is the one that made it")
        journal.update(folder, state=journal.CONFIRMED)
        _disarm(guard)
        journal.close(folder)
    return {"id": identity, "role": book["role"]}


def restore(identity, home=journal.HOME):
    """Do not wait: put back now. Return (failures, notes)."""
    folder = _find(identity, home)
    failures, notes = rollback.put_back(folder)
    if not failures:
        disarm(folder)
    return failures, notes


def status(identity=None, home=journal.HOME):
    """Return what became of one guarded change, or of all that are not settled."""
    if identity is None:
        return journal.pending(home)
    try:
        book = journal.read(_find(identity, home))
    except GuardError:
        return [{"id": identity, "state": "confirmed"}]
    if book["state"] == journal.RESTORED:
        return [{"id": identity, "state": "restored", "restored": book["restored"], "role": book["role"]}]
    return [item for item in journal.pending(home) if item["id"] == identity]


def _find(identity, home):
    folder = os.path.join(journal.base(home), identity)
    if "/" in identity or identity.startswith(".") or not os.path.exists(os.path.join(folder, journal.FILE)):
        raise GuardError(f"there is no unconfirmed change {identity} on this host")
    return folder


def session():
    """Return what tells this SSH connection from every other, or None where there is none."""
    pid = os.getpid()
    while pid > 1:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                head, _paren, tail = file.read().rpartition(")")
        except OSError:
            return None
        # The nearest sshd above us serves our connection alone; the one that listens is further up.
        if head.partition("(")[2].startswith("sshd"):
            return f"{pid}-{tail.split()[19]}"
        pid = int(tail.split()[1])
    return None
