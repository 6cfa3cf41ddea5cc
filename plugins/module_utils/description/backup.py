# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where copies go and when: targets that exist, and say all that their kind needs."""

from __future__ import annotations

import re

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import did_you_mean, found_on, problem

TIMES = ("backup_time", "backup_store_time")
TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")
NAME = re.compile(r"^[a-z][a-z0-9_-]{0,30}$")
NEEDS = {
    "store": ("host",),
    "sftp": ("host", "user", "path", "host_key"),
    "s3": ("url", "access_key", "secret_key"),
    "rclone": ("remote", "config"),
}


def check(home):
    return found_on(home.group("home_assistant") + home.group("backup_store"), [_times, _targets], home)


def _times(host, _home):
    for variable in TIMES:
        value = host.get(variable)
        if value is not None and not (isinstance(value, str) and TIME.match(value)):
            yield problem(variable, f"{value!r} is no time of day", 'Write it as "04:45", with its quotes.')


def _targets(host, home):
    seen = set()
    stores = {each.name for each in home.group("backup_store")}
    listed = host.given.get("backup_targets")
    for number, target in enumerate(listed if isinstance(listed, (list, tuple)) else ()):
        if not isinstance(target, dict):
            continue
        where, name, kind = f"backup_targets[{number}]", target.get("name"), target.get("kind")
        if isinstance(name, str) and not NAME.match(name):
            yield problem(f"{where}.name", f"{name!r} is no name", "Use lower-case letters, digits, - and _.")
        if name in seen:
            yield problem(f"{where}.name", f"{name!r} is another target's name already", "Use another.")
        seen.add(name)
        for key in NEEDS.get(kind, ()):
            if not target.get(key):
                yield problem(f"{where}.{key}", f"is missing: a target of kind {kind} needs it", "Give it.")
        to = target.get("host")
        if kind == "store" and to and to not in stores:
            yield problem(
                f"{where}.host",
                f"{to!r} is no host of the group backup_store.{did_you_mean(to, stores)}",
                "Put it into that group, or use another kind of target.",
            )
        if kind == "store" and to == host.name:
            yield problem(f"{where}.host", "is this host itself: both would be lost at once", "Use another host.")
