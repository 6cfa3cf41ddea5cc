# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Home Assistant keeps about its cloud: account, preferences, cloudhooks, what assistants see. No secret leaves.

A cloudhook's webhook id opens it to everybody who knows it; it is told by a mark and by whose it is.
"""

from __future__ import annotations

import base64
import binascii
import glob
import hashlib
import json
import os

from ansible_collections.hearthwall.home.plugins.module_utils.ha import configuration, storage

DOMAIN = "cloud"
# What a new account begins with, where the file says nothing.
DEFAULTS = {
    "remote_enabled": False,
    "remote_allow_remote_enable": True,
    "alexa_enabled": True,
    "google_enabled": True,
}
ASSISTANTS = {"alexa": "cloud.alexa", "google": "cloud.google_assistant"}
# The section of each in `cloud:` of configuration.yaml; a filter there decides what is shown, not the storage.
SECTIONS = {"alexa": "alexa", "google": "google_actions"}
OPENING = ("lock", "alarm_control_panel", "cover")
# Covers that nobody comes in by.
HARMLESS = ("awning", "blind", "curtain", "damper", "shade", "shutter")


def look(config_dir):
    """Return (value, unknown): what is known of Home Assistant's cloud, and why nothing is."""
    if config_dir is None:
        return None, {"cloud": "Home Assistant's configuration directory was not found"}
    try:
        found = {"account": account(config_dir), "loaded": loaded(config_dir)}
        if found["account"]["logged_in"]:
            found.update(_preferences(config_dir))
    except storage.Unreadable as reason:
        return None, {"cloud": str(reason)}
    return found, {}


def account(config_dir):
    """Return whether Home Assistant holds a login of its cloud, and until when its subscription was paid."""
    for path in sorted(glob.glob(os.path.join(config_dir, ".cloud", "*_auth.json"))):
        try:
            with open(path, encoding="utf-8") as file:
                token = json.load(file)["id_token"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise storage.Unreadable(f".cloud/{os.path.basename(path)} cannot be read") from error
        if token is not None:
            return {"logged_in": True, "subscribed_until": _claims(token).get("custom:sub-exp")}
    return {"logged_in": False, "subscribed_until": None}


def _claims(token):
    """Return what the cloud said of the account when it was logged in; a token that says nothing is a login too."""
    try:
        part = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (AttributeError, IndexError, ValueError, binascii.Error):
        return {}


def loaded(config_dir):
    """Return whether the next start loads the integration; None where that is not known."""
    entries = storage.read(config_dir, "core.config_entries", {}).get("entries") or []
    if any(entry.get("domain") == DOMAIN and not entry.get("disabled_by") for entry in entries):
        return True
    if configuration.yaml is None:
        return None
    try:
        settings = configuration.load(config_dir)
    except configuration.Undetermined:
        return None
    parts = [settings, *configuration.packages(settings).values()]
    return any(name in part for part in parts for name in (DOMAIN, "default_config"))


def _preferences(config_dir):
    kept = storage.read(config_dir, "cloud", {})
    shown = _shown(config_dir)
    return {
        "prefs": {
            **{name: bool(kept.get(name, default)) for name, default in DEFAULTS.items()},
            "google_pin": bool(kept.get("google_secure_devices_pin")),
        },
        "cloudhooks": _cloudhooks(config_dir, kept.get("cloudhooks") or {}),
        **shown,
    }


def mark(webhook_id):
    """Return what tells a cloudhook from others and does not open it."""
    return hashlib.sha256(webhook_id.encode()).hexdigest()[:12]


def _cloudhooks(config_dir, hooks):
    entries = storage.read(config_dir, "core.config_entries", {}).get("entries") or []
    owners = {
        entry["data"]["webhook_id"]: f"{entry['domain']}: {entry.get('title') or 'without a name'}"
        for entry in entries
        if isinstance(entry.get("data"), dict) and entry["data"].get("webhook_id")
    }
    return [{"mark": mark(hook), "owner": owners.get(hook)} for hook in sorted(hooks, key=mark)]


def _shown(config_dir):
    """Return which entities that open the home each assistant is shown, and what could not be told."""
    registry = storage.read(config_dir, "core.entity_registry", {}).get("entities") or []
    kept = storage.read(config_dir, "homeassistant.exposed_entities", {})
    loose = kept.get("exposed_entities") or {}
    found = {"exposed": {}, "exposes_new": {}, "filtered": _filtered(config_dir)}
    for name, assistant in ASSISTANTS.items():
        new = bool((kept.get("assistants") or {}).get(assistant, {}).get("expose_new"))
        found["exposes_new"][name] = new
        listed = {entry["entity_id"] for entry in registry if opens(entry) and _is_shown(entry, assistant, new)}
        listed |= {
            entity
            for entity, about in loose.items()
            if opens({"entity_id": entity}) and (about.get("assistants") or {}).get(assistant, {}).get("should_expose")
        }
        found["exposed"][name] = sorted(listed)
    return found


def opens(entry):
    """Return whether an entity of the registry opens the home; one of an unknown kind does."""
    domain = entry["entity_id"].partition(".")[0]
    kind = entry.get("device_class") or entry.get("original_device_class")
    return domain in OPENING and not entry.get("disabled_by") and not (domain == "cover" and kind in HARMLESS)


def _is_shown(entry, assistant, new):
    said = ((entry.get("options") or {}).get(assistant) or {}).get("should_expose")
    if said is not None:
        return bool(said)
    # Home Assistant shows new covers by itself where it is told to, locks and alarms never.
    plain = not entry.get("entity_category") and not entry.get("hidden_by")
    return new and plain and entry["entity_id"].startswith("cover.")


def _filtered(config_dir):
    """Return the assistants for which configuration.yaml decides what is shown; all where it cannot be read."""
    try:
        settings = configuration.load(config_dir).get(DOMAIN) if configuration.yaml else None
    except configuration.Undetermined:
        return sorted(SECTIONS)
    settings = settings if isinstance(settings, dict) else {}
    return sorted(
        name
        for name, section in SECTIONS.items()
        if isinstance(settings.get(section), dict) and settings[section].get("filter")
    )
