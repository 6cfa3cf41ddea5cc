# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose keys a keyring holds: the fingerprints of its OpenPGP primary keys (RFC 9580, 4.2 and 5.5.4), without GnuPG."""

from __future__ import annotations

import base64
import hashlib

PUBLIC_KEY = 6
BEGIN, END = "-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----"
WIDTH = 64


class KeyringError(ValueError):
    """No keyring, or one that cannot be read whole."""


def fingerprints(raw):
    """Return the fingerprints of all primary keys of a keyring (bytes, armoured or not), in its order."""
    found = [_fingerprint(body) for tag, body in _packets(binary(raw)) if tag == PUBLIC_KEY]
    if not found:
        raise KeyringError("it holds no public key")
    return found


def binary(raw):
    """Return a keyring without its armour."""
    if not raw.lstrip().startswith(BEGIN.encode()):
        return raw
    blocks = raw.decode("ascii", "replace").split(BEGIN)[1:]
    found = b""
    for block in blocks:
        # Headers end with an empty line; the checksum begins with '='.
        lines = block.partition(END)[0].replace("\r", "").strip("\n").split("\n")
        start = lines.index("") + 1 if "" in lines else 0
        body = "".join(line for line in lines[start:] if line and not line.startswith("="))
        try:
            found += base64.b64decode(body, validate=True)
        except ValueError:
            raise KeyringError("its armour is broken") from None
    return found


def armoured(raw):
    """Return a keyring as text, which apt reads where the file's name ends in .asc."""
    data = binary(raw)
    text = base64.b64encode(data).decode()
    lines = [text[start : start + WIDTH] for start in range(0, len(text), WIDTH)]
    check = base64.b64encode(_crc24(data).to_bytes(3, "big")).decode()
    return "\n".join([BEGIN, "", *lines, f"={check}", END, ""])


def _fingerprint(body):
    version = body[0] if body else 0
    if version == 4:
        # Defined with SHA-1; what it is compared with was published as such.
        return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body).hexdigest().upper()  # noqa: S324
    if version == 6:
        return hashlib.sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest().upper()
    raise KeyringError(f"it holds a key of version {version}, which is not known here")


def _packets(data):
    """Yield (tag, body) of every packet."""
    place = 0
    while place < len(data):
        head = data[place]
        if not head & 0x80:
            raise KeyringError("it is no OpenPGP keyring")
        place += 1
        if head & 0x40:
            tag, (length, place) = head & 0x3F, _new_length(data, place)
        else:
            tag, (length, place) = head >> 2 & 0x0F, _old_length(data, place, head & 3)
        if place + length > len(data):
            raise KeyringError("it is cut off")
        yield tag, data[place : place + length]
        place += length


def _old_length(data, place, kind):
    if kind == 3:
        raise KeyringError("a packet has no length")
    size = 1 << kind
    if place + size > len(data):
        raise KeyringError("it is cut off")
    return int.from_bytes(data[place : place + size], "big"), place + size


def _new_length(data, place):
    if place >= len(data):
        raise KeyringError("it is cut off")
    first = data[place]
    if first < 192:
        return first, place + 1
    if first < 224:
        if place + 1 >= len(data):
            raise KeyringError("it is cut off")
        return (first - 192 << 8) + data[place + 1] + 192, place + 2
    if first < 255:
        raise KeyringError("a packet comes in parts")
    return int.from_bytes(data[place + 1 : place + 5], "big"), place + 5


def _crc24(data):
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _bit in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc & 0xFFFFFF
