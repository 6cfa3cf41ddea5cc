# SPDX-License-Identifier: GPL-3.0-or-later
"""An OpenPGP key that signs a repository, for the tests: version 4, Ed25519 (RFC 9580, RFC 8032)."""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / ".collections"))

from ansible_collections.hearthwall.home.plugins.module_utils.host import keyring

EDDSA, SHA512 = 22, 10
CURVE = bytes.fromhex("092b06010401da470f01")
BINARY, CERTIFICATION = 0x00, 0x13
CREATED, ISSUER, KEY_FLAGS, FINGERPRINT = 2, 16, 27, 33
PUBLIC_KEY, USER_ID, SIGNATURE = 0x99, 0xB5, 0x89


class Key:
    """A key with one user; ``public`` is its keyring, ``fingerprint`` its name."""

    def __init__(self, user="Test <test@example.org>"):
        self._private = Ed25519PrivateKey.generate()
        self._made = int(time.time()) - 3600
        point = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        body = b"\x04" + self._made.to_bytes(4, "big") + bytes([EDDSA]) + CURVE + _number(b"\x40" + point)
        hashed = _packet(PUBLIC_KEY, body)
        self._identity = hashlib.sha1(hashed).digest()
        self.fingerprint = self._identity.hex().upper()
        name = user.encode()
        certified = hashed + b"\xb4" + len(name).to_bytes(4, "big") + name
        flags = _subpacket(KEY_FLAGS, b"\x03")
        self.public = hashed + _packet(USER_ID, name) + self._signature(CERTIFICATION, certified, flags)

    def sign(self, data):
        """Return a detached signature, armoured."""
        return keyring.armoured(self._signature(BINARY, data)).replace("PUBLIC KEY BLOCK", "SIGNATURE")

    def _signature(self, kind, data, more=b""):
        parts = _subpacket(CREATED, (self._made + 60).to_bytes(4, "big"))
        parts += _subpacket(FINGERPRINT, b"\x04" + self._identity) + _subpacket(ISSUER, self._identity[-8:]) + more
        head = bytes([4, kind, EDDSA, SHA512]) + len(parts).to_bytes(2, "big") + parts
        digest = hashlib.sha512(data + head + b"\x04\xff" + len(head).to_bytes(4, "big")).digest()
        signed = self._private.sign(digest)
        return _packet(SIGNATURE, head + b"\0\0" + digest[:2] + _number(signed[:32]) + _number(signed[32:]))


def _packet(tag, body):
    return bytes([tag]) + len(body).to_bytes(2, "big") + body


def _subpacket(kind, body):
    return bytes([len(body) + 1, kind]) + body


def _number(raw):
    raw = raw.lstrip(b"\0")
    return (len(raw) * 8 - (8 - raw[0].bit_length())).to_bytes(2, "big") + raw
