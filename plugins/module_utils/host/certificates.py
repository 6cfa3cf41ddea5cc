# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the certificates at some paths say, read without any library beyond Python's own."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import os

BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
SUFFIXES = (".pem", ".crt", ".cer")
# The parts of a name that people put there, by object identifier.
ATTRIBUTES = {"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU"}
SUBJECT_ALT_NAME = "2.5.29.17"
UTC_TIME, SEQUENCE, VERSION, EXTENSIONS = 0x17, 0x30, 0xA0, 0xA3
DNS_NAME, IP_ADDRESS = 0x82, 0x87


def look(paths):
    """Return ({path: certificate or None}, {path: reason}); a directory stands for the certificates below it."""
    found, unknown = {}, {}
    for path in _files(paths):
        try:
            with open(path, encoding="ascii", errors="replace") as file:
                text = file.read()
            if BEGIN in text:
                found[path] = parse(text)
        except FileNotFoundError:
            found[path] = None
        except (OSError, ValueError, IndexError) as error:
            found[path] = None
            unknown[path] = f"cannot be read as a certificate: {error}"
    return found, unknown


def _files(paths):
    for path in paths:
        if not os.path.isdir(path):
            if os.path.lexists(path) or os.path.splitext(path)[1]:
                yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(SUFFIXES))


def parse(pem):
    """Return what the first certificate of a PEM text says."""
    start = pem.index(BEGIN)
    der = base64.b64decode(pem[start + len(BEGIN) : pem.index(END, start)])
    (outer, whole), *_rest = _children(der)
    if outer != SEQUENCE:
        raise ValueError("it does not start as a certificate does")
    fields = _children(_children(whole)[0][1])
    if fields[0][0] == VERSION:
        fields = fields[1:]
    _serial, _algorithm, issuer, validity, subject = fields[:5]
    not_before, not_after = _children(validity[1])[:2]
    names = []
    for tag, content in fields[6:]:
        if tag == EXTENSIONS:
            names = _alt_names(_children(content)[0][1])
    return {
        "subject": _name(subject[1]),
        "issuer": _name(issuer[1]),
        "names": names,
        "not_before": _time(not_before),
        "not_after": _time(not_after),
        "self_signed": subject[1] == issuer[1],
    }


def _only(data):
    return _children(data)[0][1]


def _children(data):
    """Return [(tag, content)] of the DER values that follow each other in ``data``."""
    values, at = [], 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > len(data):
            raise ValueError("it is cut off")
        values.append((tag, data[at : at + length]))
        at += length
    return values


def _object_id(data):
    numbers, value = [data[0] // 40, data[0] % 40], 0
    for byte in data[1:]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    return ".".join(map(str, numbers))


def _name(data):
    parts = []
    for _set, members in _children(data):
        for _sequence, pair in _children(members):
            (_tag, kind), (_text, value) = _children(pair)[:2]
            kind = _object_id(kind)
            parts.append(f"{ATTRIBUTES.get(kind, kind)}={value.decode('utf-8', 'replace')}")
    return ", ".join(parts)


def _alt_names(extensions):
    for _tag, extension in _children(extensions):
        parts = _children(extension)
        if _object_id(parts[0][1]) != SUBJECT_ALT_NAME:
            continue
        names = []
        for tag, value in _children(_only(parts[-1][1])):
            if tag == DNS_NAME:
                names.append(value.decode("ascii", "replace"))
            elif tag == IP_ADDRESS:
                names.append(str(ipaddress.ip_address(value)))
        return names
    return []


def _time(value):
    tag, text = value[0], value[1].decode("ascii")
    if tag == UTC_TIME:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    return datetime.datetime.strptime(text, "%Y%m%d%H%M%SZ").strftime("%Y-%m-%dT%H:%M:%SZ")
