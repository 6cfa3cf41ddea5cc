# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Time-based one-time passwords (RFC 6238), as authenticator apps and Home Assistant compute them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct

PERIOD = 30


def code(secret, when):
    """Return the six digits of a base32 secret at a time (seconds since the epoch)."""
    text = secret.replace(" ", "").upper()
    key = base64.b32decode(text + "=" * (-len(text) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(when) // PERIOD), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def remaining(when):
    """Return for how many seconds the code of a time is still the current one."""
    return PERIOD - when % PERIOD


def fingerprint(secret):
    """Return what identifies a secret without giving it away (a TOTP secret has 160 bits: it cannot be guessed)."""
    return hashlib.sha256(b"hearthwall totp " + secret.replace(" ", "").upper().encode()).hexdigest()[:16]
