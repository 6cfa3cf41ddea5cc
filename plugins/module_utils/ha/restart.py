# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restarting Home Assistant: by its unit where it has one, else by its own service."""

from __future__ import annotations

import subprocess

from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import Unreachable

STOP = 90  # seconds until a restarting instance has let go of its connections


def by_unit(unit):
    """Return whether systemd restarted the unit."""
    run = subprocess.run(["systemctl", "restart", unit], capture_output=True, timeout=120, check=False)
    return run.returncode == 0


def by_api(socket):
    """Return whether Home Assistant let go of this connection after it was asked to restart."""
    try:
        socket.call("call_service", domain="homeassistant", service="restart", service_data={})
    except Unreachable:
        return True
    return socket.wait_closed(STOP)
