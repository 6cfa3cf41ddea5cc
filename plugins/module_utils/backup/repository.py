# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restic repository as the files it is: which keys open it, which snapshots came when, whether a passphrase fits.

The time of a snapshot's arrival is the store's own (its file's), so nobody who may only add can choose it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os

KINDS = ("keys", "snapshots", "index", "data")
_NONCE, _TAG = 16, 16


class NoSuchKey(Exception):
    """A passphrase could not be tried."""


def files(path, kind):
    """Return {name: (size, time of arrival)} of what a repository holds of one kind."""
    found = {}
    for folder, _folders, names in os.walk(os.path.join(path, kind)):
        for name in names:
            if len(name) == 64:
                status = os.stat(os.path.join(folder, name))
                found[name] = (status.st_size, status.st_mtime)
    return found


def junk(path, since, kind="data"):
    """Return {name: size} of what arrived since a time and is not what it is called: cut off or made up."""
    found = {}
    for folder, _folders, names in os.walk(os.path.join(path, kind)):
        for name in names:
            place = os.path.join(folder, name)
            status = os.stat(place)
            if status.st_mtime > since and _digest(place) != name:
                found[name] = status.st_size
    return found


def whole(path):
    """Say whether a file of a repository is there and is what it is called."""
    return os.path.isfile(path) and _digest(path) == os.path.basename(path)


def _digest(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def size(path):
    """Return how many bytes the packs of a repository hold."""
    return sum(each[0] for each in files(path, "data").values())


def keys(path):
    """Return the sealed keys of a repository: of no use to who has no passphrase."""
    return {name: _read(os.path.join(path, "keys", name)).decode() for name in sorted(files(path, "keys"))}


def newest(path):
    """Return (name, arrival, sealed content) of the snapshot that came last, or None."""
    known = files(path, "snapshots")
    if not known:
        return None
    name = max(known, key=lambda each: (known[each][1], each))
    return name, known[name][1], _read(os.path.join(path, "snapshots", name))


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def unlock(sealed, passphrase):
    """Return the master key that one sealed key holds, or None where the passphrase is another one."""
    about = json.loads(sealed)
    if about.get("kdf") != "scrypt":
        raise NoSuchKey(f"its key derivation {about.get('kdf')!r} is not known")
    cost, block, lanes = about["N"], about["r"], about["p"]
    derived = hashlib.scrypt(
        passphrase.encode(),
        salt=base64.b64decode(about["salt"]),
        n=cost,
        r=block,
        p=lanes,
        maxmem=256 * cost * block,
        dklen=64,
    )
    plain = _open(base64.b64decode(about["data"]), derived[:32], derived[32:48], derived[48:])
    if plain is None:
        return None
    key = json.loads(plain)
    return {part: base64.b64decode(value) for part, value in (("encrypt", key["encrypt"]), *key["mac"].items())}


def authentic(sealed, master):
    """Say whether a file of the repository is whole and was written under this master key."""
    return _open(sealed, master["encrypt"], master["k"], master["r"]) is not None


def _open(sealed, key, mac_key, mac_r):
    """Return the plain text of AES-256-CTR with Poly1305-AES, or None where the authentication fails."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
        from cryptography.hazmat.primitives.poly1305 import Poly1305
    except ImportError:
        raise NoSuchKey("the Python library cryptography is not installed") from None
    nonce, body, tag = sealed[:_NONCE], sealed[_NONCE:-_TAG], sealed[-_TAG:]
    # One block of AES, as Poly1305-AES asks for: its input is the nonce, used once.
    one_block = Cipher(algorithms.AES(mac_key), modes.ECB()).encryptor()  # noqa: S305
    try:
        Poly1305.verify_tag(mac_r + one_block.update(nonce), body, tag)
    except InvalidSignature:
        return None
    return Cipher(algorithms.AES(key), modes.CTR(nonce)).decryptor().update(body)
