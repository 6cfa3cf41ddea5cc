# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a tunnel is run with: a token (managed at Cloudflare) or a credentials file (managed here)."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from dataclasses import dataclass

FILE = ("AccountTag", "TunnelID", "TunnelSecret")
SHORT = ("a", "t", "s")


class Unusable(ValueError):
    """What was given can run no tunnel; the message names no part of it."""


@dataclass(frozen=True)
class Tunnel:
    """Which tunnel of which account."""

    account: str
    identifier: str


def of_token(text):
    """Return the tunnel that a token runs."""
    try:
        held = json.loads(base64.b64decode(text.strip().encode("ascii"), validate=True))
    except (AttributeError, UnicodeError, binascii.Error, ValueError) as error:
        raise Unusable("is no token of a tunnel: copy the whole text after --token that Cloudflare shows") from error
    return _tunnel(held, SHORT, "is no token of a tunnel")


def of_file(held):
    """Return the tunnel that a credentials file runs."""
    return _tunnel(held, FILE, f"needs {', '.join(FILE)}, as `cloudflared tunnel create` writes them")


def _tunnel(held, names, complaint):
    if not isinstance(held, dict) or not all(isinstance(held.get(name), str) and held[name] for name in names):
        raise Unusable(complaint)
    account, identifier, secret = (held[name] for name in (names[0], names[1], names[2]))
    try:
        base64.b64decode(secret, validate=True)
        return Tunnel(account, str(uuid.UUID(identifier)))
    except (binascii.Error, ValueError) as error:
        raise Unusable(complaint) from error
