# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Home Assistant says of its cloud when it is asked, in the shape of the look at its files. No secret leaves."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import CommandFailed
from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa.look import ASSISTANTS, DEFAULTS, mark, opens

FILTERS = {"alexa": "alexa_entities", "google": "google_entities"}


def look(socket):
    """Return what a WebSocket of an administrator shows; whose a cloudhook is, it does not show."""
    try:
        status = socket.call("cloud/status")
    except CommandFailed as error:
        if error.code != "unknown_command":
            raise
        return {"account": {"logged_in": False, "subscribed_until": None}, "loaded": False}
    found = {"account": {"logged_in": bool(status.get("logged_in")), "subscribed_until": None}, "loaded": True}
    if not found["account"]["logged_in"]:
        return found
    kept = status["prefs"]
    found["prefs"] = {name: bool(kept.get(name, default)) for name, default in DEFAULTS.items()}
    found["prefs"]["google_pin"] = bool(kept.get("google_secure_devices_pin"))
    found["cloudhooks"] = [{"mark": each, "owner": None} for each in sorted(map(mark, kept.get("cloudhooks") or {}))]
    found["filtered"] = sorted(name for name, key in FILTERS.items() if any((status.get(key) or {}).values()))
    found["exposes_new"] = {
        name: bool(socket.call("homeassistant/expose_new_entities/get", assistant=assistant)["expose_new"])
        for name, assistant in ASSISTANTS.items()
    }
    found["exposed"] = _exposed(socket)
    return found


def _exposed(socket):
    listed = socket.call("homeassistant/expose_entity/list")["exposed_entities"]
    asked = [entity for entity in sorted(listed) if opens({"entity_id": entity})]
    entries = socket.call("config/entity_registry/get_entries", entity_ids=asked) if asked else {}
    opening = [entity for entity in asked if opens(entries.get(entity) or {"entity_id": entity})]
    return {
        name: [entity for entity in opening if listed[entity].get(assistant)] for name, assistant in ASSISTANTS.items()
    }
