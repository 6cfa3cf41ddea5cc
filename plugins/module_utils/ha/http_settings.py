# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Home Assistant's HTTP settings as data: defaults, normal form, what is wanted merged into what is."""

from __future__ import annotations

import ipaddress

DEFAULT_CORS = ["https://cast.home-assistant.io"]
NEVER = -1
KEYS = (
    "server_host",
    "server_port",
    "ssl_certificate",
    "ssl_peer_certificate",
    "ssl_key",
    "cors_allowed_origins",
    "use_x_forwarded_for",
    "trusted_proxies",
    "login_attempts_threshold",
    "ip_ban_enabled",
    "ssl_profile",
    "use_x_frame_options",
)
META = ("created_at", "error", "error_message")
FIRST_STORED = (2026, 8)


def stored_by(version):
    """Return where a release keeps its HTTP settings: "storage" from 2026.8, "yaml" before, None if unknown."""
    try:
        year, month = (int(part) for part in version.split(".")[:2])
    except (AttributeError, ValueError):
        return None
    return "storage" if (year, month) >= FIRST_STORED else "yaml"


def _network(value):
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        return str(value)


def _listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def normal(settings):
    """Return settings in normal form, without metadata: lists as lists, networks spelled one way, no empty values."""
    result = {}
    for key in KEYS:
        value = settings.get(key)
        if value is None:
            continue
        if key == "trusted_proxies":
            value = [_network(item) for item in _listed(value)]
        elif key in ("server_host", "cors_allowed_origins"):
            value = [str(item) for item in _listed(value)]
        elif key in ("server_port", "login_attempts_threshold"):
            value = int(value) if str(value).lstrip("-").isdigit() else value
        result[key] = value
    return result


def effective(settings, port=8123):
    """Return settings with what Home Assistant assumes for everything unsaid."""
    defaults = {
        "server_port": port,
        "cors_allowed_origins": list(DEFAULT_CORS),
        "login_attempts_threshold": NEVER,
        "ip_ban_enabled": True,
        "use_x_frame_options": True,
        "use_x_forwarded_for": False,
        "trusted_proxies": [],
    }
    return {**defaults, **normal(settings)}


def merge(present, wanted):
    """Return the whole configuration to send: what is there, with what is wanted laid over; null takes a key away."""
    result = normal(present)
    for key, value in wanted.items():
        if value is None:
            result.pop(key, None)
        else:
            result.update(normal({key: value}))
    if not result.get("use_x_forwarded_for") and not result.get("trusted_proxies"):
        # Home Assistant takes the two together or not at all.
        result.pop("trusted_proxies", None)
        if "use_x_forwarded_for" not in present:
            result.pop("use_x_forwarded_for", None)
    return result


def _comparable(key, value):
    if isinstance(value, list) and key in ("trusted_proxies", "cors_allowed_origins", "server_host"):
        return sorted(value)
    return value


def differing(present, wanted):
    """Return the wanted keys whose effect differs from what is there, each with (present, wanted)."""
    here = effective(present)
    there = effective(merge(present, wanted))
    result = {}
    for key in wanted:
        before, after = here.get(key), there.get(key)
        if _comparable(key, before) != _comparable(key, after):
            result[key] = (before, after)
    return result
