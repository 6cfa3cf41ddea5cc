# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a host is healthy after a change."""

from __future__ import annotations

import socket
import time

from ansible_collections.hearthwall.home.plugins.module_utils.visit import command

# How long old processes may take to leave after a reload, in seconds.
SETTLE = 0.3


def check(checks, observer):
    """Every check has to succeed, and all of them once more: the first answer may still be the old state's."""
    for again in (False, True):
        for item in checks:
            observer(f"health {item['tcp'] or item['argv'][0]}")
            _healthy(item)
        if checks and not again:
            time.sleep(SETTLE)


def _connect(address, timeout):
    host, _colon, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), timeout=timeout).close()


def _healthy(item):
    for attempt in range(1, int(item["retries"]) + 1):
        try:
            if item["tcp"]:
                _connect(item["tcp"], item["timeout"])
            else:
                command.run(item["argv"], timeout=item["timeout"])
            return
        except (OSError, command.CommandError) as error:
            if attempt >= item["retries"]:
                told = error if not item["secret"] else f"`{item['argv'][0]} …` failed"
                raise command.CommandError(f"not healthy after {attempt} attempts: {told}") from None
            time.sleep(item["delay"])
