# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether Home Assistant is well after a restart: it answers, lets us in, and is not in its recovery mode."""

from __future__ import annotations

import time

from ansible_collections.hearthwall.home.plugins.module_utils.ha.administration import administration
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError

START = 150  # seconds until it answers and has finished its start


class Unwell(HomeAssistantError):
    """It is not well; the message says how."""


def await_running(base_url, config_dir, credentials, seconds=START):
    """Return what Home Assistant says of itself once its start is finished; raise Unwell where it never is."""
    end = time.monotonic() + seconds
    try:
        with administration(base_url, config_dir, credentials, seconds) as socket:
            return observe_running(socket, end)
    except Unwell:
        raise
    except HomeAssistantError as error:
        raise Unwell(str(error)) from error


def observe_running(socket, end):
    """Return get_config of a running instance; ``end`` (time.monotonic) is when we stop waiting for it."""
    while True:
        told = socket.call("get_config")
        if told.get("recovery_mode") or told.get("safe_mode"):
            raise Unwell("Home Assistant came up in its recovery mode: its configuration could not be loaded")
        if told.get("state", "RUNNING") == "RUNNING":
            return told
        if time.monotonic() > end:
            raise Unwell("Home Assistant answers, but does not finish its start")
        time.sleep(1)
