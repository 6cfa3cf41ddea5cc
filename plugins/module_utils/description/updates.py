# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policy about updates: whether its maintenance window and its times can be meant."""

from __future__ import annotations

import re

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import did_you_mean, found_on, problem
from ansible_collections.hearthwall.home.plugins.module_utils.updates.rules import DAYS

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z|24:00\Z")
KEYS = ("days", "from", "to")


def check(home):
    return found_on(home.group("home_assistant"), [_host])


def _host(host):
    policy = host.get("updates_policy", {})
    window = (policy.get("window") or {}) if isinstance(policy, dict) else {}
    if isinstance(window, dict):
        yield from _window(window)
    reboot = host.get("updates_host_reboot", "")
    if reboot and not _is_time(reboot):
        yield problem("updates_host_reboot", "is no time", 'Write it in quotes, as "04:30".')


def _window(window):
    where = "updates_policy.window"
    for key in window:
        if key not in KEYS:
            yield problem(f"{where}.{key}", "is not known", f"Use {', '.join(KEYS)}.{did_you_mean(key, KEYS)}")
    for key in ("from", "to"):
        if key in window and not _is_time(window[key]):
            yield problem(f"{where}.{key}", "is no time", 'Write it in quotes, as "02:00".')
    days = window.get("days") or []
    for day in days if isinstance(days, list) else [days]:
        if day not in DAYS:
            yield problem(f"{where}.days", f"has {day}, which is no day", f"Use {', '.join(DAYS)}.")


def _is_time(value):
    return isinstance(value, str) and bool(_TIME.match(value))
