# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The services of a desired state: brought to what it says, and what they load anew."""

from __future__ import annotations

import os
import time

from ansible_collections.hearthwall.home.plugins.module_utils.host import listeners
from ansible_collections.hearthwall.home.plugins.module_utils.visit import command, plan, units
from ansible_collections.hearthwall.home.plugins.module_utils.visit import desired as wishes

# How long a reload may take to show, in seconds, and how long old processes may take to leave.
SETTLE, SETTLE_AFTER = 2, 0.3


def bring_up(desired, changed, installed, observer):
    """Enable, start, stop, reload or restart the services of a desired state, as far as each of them needs it."""
    if not desired["services"]:
        return
    if units.below_unit_folders(changed):
        observer("daemon-reload")
        units.systemctl("daemon-reload")
    now = units.show(wishes.units(desired))
    for item in desired["services"]:
        name, state = item["name"], now[item["name"]]
        observer(f"service {name}")
        if item["enabled"] and state["enabled"] == "masked":
            units.systemctl("unmask", name)
        if item["enabled"] and state["enabled"] not in plan.ENABLED:
            units.systemctl("enable", name)
        if item["enabled"] is False and state["enabled"] in plan.STARTS_AT_BOOT:
            units.systemctl("disable", name)
        runs = state["active"] in units.RUNNING
        if item["state"] == "stopped":
            if runs or state["active"] == "failed":
                units.systemctl("stop", name)
        elif not runs and item["state"] == "started":
            _started(name, "start")
        elif runs:
            action = plan.again(item, changed, installed)
            if action:
                members = _members(name)
                _started(name, "restart" if action == "restart" else "reload-or-restart")
                if action == "reload":
                    _settle(name, members)
    after = units.show(wishes.units(desired))
    for item in desired["services"]:
        if item["state"] == "started" and after[item["name"]]["active"] not in units.RUNNING:
            raise command.CommandError(f"{item['name']} does not run{log(item['name'])}")


def _started(name, verb):
    try:
        units.systemctl(verb, name)
    except command.CommandError as error:
        raise command.CommandError(f"{error}{log(name)}") from None


def log(name):
    """Return the last words of a unit, for the journal knows better than systemctl why."""
    try:
        text = command.run(
            ["journalctl", "--no-pager", "-q", "-o", "cat", "-n", "8", "-b", "-u", name], timeout=10
        ).strip()
    except command.CommandError:
        return ""
    return f"; it said: {text}" if text else ""


def _members(unit):
    """Return the processes of a unit."""
    found = set()
    for pid in os.listdir("/proc"):
        if pid.isdigit():
            try:
                with open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="replace") as text:
                    if listeners.unit_of(text.read()) == unit:
                        found.add(pid)
            except OSError:
                continue
    return found


def _settle(unit, before):
    """A reload is only asked for: give the unit time to act, less where its processes show that it has."""
    until = time.monotonic() + SETTLE
    while time.monotonic() < until and _members(unit) == before:
        time.sleep(0.05)
    time.sleep(SETTLE_AFTER)
