# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Home Assistant's .storage files: envelopes read, versions checked, nothing guessed."""

from __future__ import annotations

import json
import os

# The major versions whose shape is known (read from the releases up to 2026.11.0).
KNOWN = {
    "auth": (1,),
    "auth_provider.homeassistant": (1,),
    "auth_module.totp": (1,),
    "auth_module.notify": (1,),
    "http": (1, 2, 3),
    "onboarding": (1, 2, 3, 4),
    "backup": (1, 2),
    "core.entity_registry": (1,),
    "core.config_entries": (1,),
    "cloud": (1,),
    "homeassistant.exposed_entities": (1,),
}


class Unreadable(Exception):
    """A storage file is there but cannot be understood."""


def path_of(config_dir, key):
    """Return where Home Assistant keeps one storage key."""
    return os.path.join(config_dir, ".storage", key)


def read_envelope(config_dir, key):
    """Return (major version, data) of one storage file, or None where there is none.

    An unknown major version raises: its shape is not guessed.
    """
    try:
        with open(path_of(config_dir, key), encoding="utf-8") as file:
            envelope = json.load(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unreadable(f".storage/{key} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise Unreadable(f".storage/{key} is not JSON") from error
    if not isinstance(envelope, dict) or "data" not in envelope or envelope.get("key") != key:
        raise Unreadable(f".storage/{key} is not a Home Assistant storage file")
    version = envelope.get("version")
    if version not in KNOWN[key]:
        raise Unreadable(f".storage/{key} has version {version}, which this release of Hearthwall does not know")
    return version, envelope["data"]


def read(config_dir, key, default):
    """Return the data of one storage file, or the default where there is none."""
    envelope = read_envelope(config_dir, key)
    return default if envelope is None else envelope[1]


def auth(config_dir):
    """Return the users, credentials and refresh tokens. It holds live secrets: keep it on the host."""
    data = read(config_dir, "auth", None)
    if data is None:
        return {"users": [], "credentials": [], "refresh_tokens": []}
    for part in ("users", "credentials", "refresh_tokens"):
        if not isinstance(data.get(part), list):
            raise Unreadable(f".storage/auth has no {part}")
    return data


def password_hashes(config_dir):
    """Return the base64 of each bcrypt hash by normalised username."""
    data = read(config_dir, "auth_provider.homeassistant", {"users": []})
    return {user["username"].strip().casefold(): user["password"] for user in data["users"]}


def totp_secrets(config_dir):
    """Return the TOTP secret of each enrolled user by user id."""
    return read(config_dir, "auth_module.totp", {}).get("users") or {}


def notify_users(config_dir):
    """Return the ids of the users with the notification MFA module set up."""
    users = read(config_dir, "auth_module.notify", {}).get("users") or {}
    return [user for user, setting in users.items() if setting.get("notify_service")]


def onboarding_done(config_dir):
    """Return the onboarding steps that are done."""
    return list(read(config_dir, "onboarding", {}).get("done") or [])


def http(config_dir):
    """Return {store, stable, pending, yaml_migration_done}, or None where there is no file.

    Up to 2026.7 the file is the last configuration that served (the truth is the YAML); from 2026.8 it is the truth.
    """
    envelope = read_envelope(config_dir, "http")
    if envelope is None:
        return None
    version, data = envelope
    if version == 1:
        return {"store": "yaml", "stable": data, "pending": None, "yaml_migration_done": False}
    if not isinstance(data.get("stable"), dict):
        raise Unreadable(".storage/http has no stable configuration")
    return {
        "store": "storage",
        "stable": data["stable"],
        "pending": data.get("pending"),
        "yaml_migration_done": bool(data.get("yaml_migration_done")),
    }
