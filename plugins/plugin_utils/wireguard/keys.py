# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys for devices that Ansible does not reach: made here, kept in the home's vault."""

from __future__ import annotations

import base64
import secrets

# Ansible itself brings it; guarded, for what only reads this collection's code may do without.
try:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
except ImportError:
    X25519PrivateKey = None

# Under this variable the vault keeps {peer: {"private_key", "preshared_key", "config"}}.
VARIABLE = "wireguard_keys"
BYTES = 32


def private_key():
    """Return a new private key as WireGuard writes it."""
    raw = X25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return base64.b64encode(raw).decode()


def public_key(private):
    """Return the public key of a private one."""
    key = X25519PrivateKey.from_private_bytes(base64.b64decode(private))
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def preshared_key():
    """Return a new preshared key."""
    return base64.b64encode(secrets.token_bytes(BYTES)).decode()
