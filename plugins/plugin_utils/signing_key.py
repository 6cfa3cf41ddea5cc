# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keys that sign a vendor's packages, known by their fingerprints (OpenPGP, RFC 4880 and 9580)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

PUBLIC_KEY = 6
ARMOR = re.compile(r"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(.*?)\r?\n-----END PGP PUBLIC KEY BLOCK-----", re.DOTALL)


class NotPinned(ValueError):
    """What was given is not the key that is expected, or not it alone."""


def pinned(text, fingerprints):
    """Return an armored key; raise where it holds a key that is not pinned, or none at all."""
    wanted = {"".join(each.split()).upper() for each in fingerprints}
    found = fingerprints_of(text)
    strangers = [each for each in found if each not in wanted]
    if strangers:
        raise NotPinned(f"the signing key is {', '.join(strangers)}, not {' or '.join(sorted(wanted))}")
    return text.strip() + "\n"


def fingerprints_of(text):
    """Return the fingerprint of every primary key in armored text."""
    blocks = ARMOR.findall(text or "")
    if not blocks or ARMOR.sub("", text).strip():
        raise NotPinned("the signing key is not an armored OpenPGP key (-----BEGIN PGP PUBLIC KEY BLOCK-----) alone")
    found = [_fingerprint(body) for block in blocks for tag, body in _packets(_dearmored(block)) if tag == PUBLIC_KEY]
    if not found:
        raise NotPinned("the signing key holds no public key")
    return found


def _dearmored(block):
    # Headers end at an empty line; the line with the checksum begins with "=".
    _headers, empty, body = block.replace("\r", "").rpartition("\n\n")
    lines = [line for line in (body if empty else block).splitlines() if not line.startswith("=") and ":" not in line]
    try:
        return base64.b64decode("".join(lines), validate=True)
    except binascii.Error as error:
        raise NotPinned("the signing key is damaged") from error


def _packets(data):
    """Yield (tag, body) of each packet."""
    at = 0
    while at < len(data):
        head = data[at]
        if not head & 0x80:
            raise NotPinned("the signing key is damaged")
        if head & 0x40:
            tag, (length, at) = head & 0x3F, _new_length(data, at + 1)
        else:
            octets = 1 << (head & 3)
            if octets == 8:
                raise NotPinned("the signing key is damaged")
            tag, length = (head >> 2) & 0xF, int.from_bytes(data[at + 1 : at + 1 + octets], "big")
            at += 1 + octets
        if at + length > len(data):
            raise NotPinned("the signing key is cut off")
        yield tag, data[at : at + length]
        at += length


def _new_length(data, at):
    first = data[at] if at < len(data) else 255
    if first < 192:
        return first, at + 1
    if first < 224:
        return ((first - 192) << 8) + data[at + 1] + 192, at + 2
    if first < 255:
        raise NotPinned("the signing key is damaged")
    return int.from_bytes(data[at + 1 : at + 5], "big"), at + 5


def _fingerprint(body):
    version = body[0] if body else 0
    if version == 4:
        return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body).hexdigest().upper()  # noqa: S324 - its format
    if version == 6:
        return hashlib.sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest().upper()
    raise NotPinned(f"the signing key is of version {version}, which is not known here")
