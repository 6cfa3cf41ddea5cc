# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets on their way from the host to the controller, unreadable in what a connection plugin prints at -vvv.

The transport (SSH) protects the wire; this protects the log. The key is fresh for each call and goes
to the module over standard input, so the keystream is used once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets


def new_key():
    """Return a key for one call."""
    return secrets.token_hex(32)


def _keystream(key, length):
    return hashlib.shake_256(bytes.fromhex(key)).digest(length)


def seal(key, value):
    """Return a value as text that only the holder of the key can read."""
    plain = json.dumps(value).encode()
    return base64.b64encode(bytes(a ^ b for a, b in zip(plain, _keystream(key, len(plain))))).decode()


def unseal(key, text):
    """Return the value that was sealed with the key."""
    sealed = base64.b64decode(text)
    return json.loads(bytes(a ^ b for a, b in zip(sealed, _keystream(key, len(sealed)))))
