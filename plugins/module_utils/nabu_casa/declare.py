# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Telling Home Assistant's integration cloud what is declared, over its own WebSocket commands."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import CommandFailed, HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa.look import mark


def declare(socket, preferences, remote, cloudhooks):
    """Bring the preferences about: what closes comes first. `cloudhooks`: the marks of those to delete."""
    before = _status(socket)
    if preferences:
        socket.call("cloud/update_prefs", **preferences)
    for webhook_id in list(before["cloudhooks"]):
        if mark(webhook_id) in cloudhooks:
            socket.call("cloud/cloudhook/delete", webhook_id=webhook_id)
    if remote is not None:
        socket.call("cloud/remote/connect" if remote else "cloud/remote/disconnect")
    after = _status(socket)
    left = [name for name, value in preferences.items() if after[name] != value]
    left += ["remote_enabled"] if remote is not None and after["remote_enabled"] != remote else []
    left += [f"cloudhook {mark(hook)}" for hook in after["cloudhooks"] if mark(hook) in cloudhooks]
    if left:
        raise HomeAssistantError(f"Home Assistant did not take over {', '.join(left)}")


def _status(socket):
    try:
        status = socket.call("cloud/status")
    except CommandFailed as error:
        if error.code == "unknown_command":
            raise HomeAssistantError("this Home Assistant has not loaded its integration cloud") from error
        raise
    if not status.get("logged_in"):
        raise HomeAssistantError("this Home Assistant is not logged in to its cloud any more")
    return status["prefs"]
