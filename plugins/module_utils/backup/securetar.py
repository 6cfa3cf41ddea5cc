# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Home Assistant's encrypted archives (SecureTar 1 to 3): open one with a password and read all of it, to prove it.

Version 3 (from release 2026.4 on) is XChaCha20-Poly1305 in chunks under an Argon2id key, version 1 and 2 are AES-128 in
CBC mode without authentication, where the checksum of the compressed archive inside is the proof.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import os
import struct
import tarfile
import zlib

try:
    from nacl import bindings, exceptions
    from nacl.pwhash import argon2id
except ImportError:
    bindings = None
try:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
except ImportError:
    Cipher = None

MAGIC = b"SecureTar"
IDENTITY = struct.Struct("!9sB6s")
SIZE = struct.Struct("!Q8x")
KEYS = struct.Struct("!16s16s32s16s24s")  # root salt, validation salt and key, stream salt, stream header
HEADER = IDENTITY.size + SIZE.size + KEYS.size
CHUNK = 1024 * 1024
OVERHEAD = 17
OPERATIONS, MEMORY = 8, 16 * 1024 * 1024
ROUNDS = 100
BLOCK = 16
FINAL = 3
PERSON = b"SecureTarv3"
INNER = (".tar", ".tar.gz")


class Unprovable(Exception):
    """An archive could not be shown to be good; the text says why."""


class WrongPassword(Unprovable):
    """The password does not open it."""


class Damaged(Unprovable):
    """It is not what was written."""


class Unencrypted(Unprovable):
    """Whoever has it can read it."""


def encrypted(start):
    """Say, from its first bytes, whether an inner archive is encrypted."""
    # Version 1 has no mark of its own: it starts with a random vector.
    return start.startswith(MAGIC) or not (start.startswith(b"\x1f\x8b\x08") or start[257:262] == b"ustar")


def opens(header, password):
    """Return whether a password opens an inner archive, from its first bytes; None where they do not tell."""
    if len(header) < HEADER:
        return None
    magic, version, _reserved = IDENTITY.unpack_from(header)
    if (magic, version) == (MAGIC, 3):
        root_salt, salt, key, _stream_salt, _stream = KEYS.unpack_from(header, IDENTITY.size + SIZE.size)
        return hmac.compare_digest(_derived(_root_key(password, root_salt), salt), key)
    start = IDENTITY.size + SIZE.size if (magic, version) == (MAGIC, 2) else 0
    vector, sealed = header[start : start + BLOCK], header[start + BLOCK : start + 2 * BLOCK]
    return not encrypted(_blocks_of(password, vector).update(sealed))


def _root_key(password, salt):
    if bindings is not None:
        return argon2id.kdf(32, password.encode(), salt, opslimit=OPERATIONS, memlimit=MEMORY)
    try:
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
    except ImportError:
        raise Unprovable("neither PyNaCl (Debian: python3-nacl) nor cryptography 44 is installed") from None
    derivation = Argon2id(salt=salt, length=32, iterations=OPERATIONS, lanes=1, memory_cost=MEMORY // 1024)
    return derivation.derive(password.encode())


def _derived(root_key, salt):
    return hashlib.blake2b(b"", digest_size=32, key=root_key, salt=salt, person=PERSON).digest()


def _blocks_of(password, salt):
    """Return what decrypts the blocks of version 1 and 2."""
    if Cipher is None:
        raise Unprovable("cryptography is not installed (Debian: python3-cryptography)")
    key = password.encode()
    for _round in range(ROUNDS):
        key = hashlib.sha256(key).digest()
    key = key[:BLOCK]
    vector = key + salt
    for _round in range(ROUNDS):
        vector = hashlib.sha256(vector).digest()
    return Cipher(algorithms.AES(key), modes.CBC(vector[:BLOCK])).decryptor()


class _Decrypted:
    """The plain text of an inner archive, as a file to read."""

    def __init__(self, source, password):
        self._source = source
        self._plain = b""
        self._done = False
        start = _exactly(source, IDENTITY.size)
        magic, version, _reserved = IDENTITY.unpack(start)
        self.version = version if magic == MAGIC else 1
        if self.version == 3:
            self._open_stream(password)
        elif self.version in (1, 2):
            vector = start
            if self.version == 2:
                _exactly(source, SIZE.size)
                vector = _exactly(source, BLOCK)
            self._open_blocks(password, vector)
        else:
            raise Unprovable(f"SecureTar version {version} is not known")

    def _open_stream(self, password):
        if bindings is None:
            raise Unprovable("PyNaCl is not installed (Debian: python3-nacl)")
        (size,) = SIZE.unpack(_exactly(self._source, SIZE.size))
        root_salt, salt, key, stream_salt, header = KEYS.unpack(_exactly(self._source, KEYS.size))
        root_key = _root_key(password, root_salt)
        if not hmac.compare_digest(_derived(root_key, salt), key):
            raise WrongPassword("the password does not open the archive")
        self._left = size + max(1, -(-size // CHUNK)) * OVERHEAD
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(self._state, header, _derived(root_key, stream_salt))
        self._more = self._chunk

    def _chunk(self):
        sealed = _exactly(self._source, min(CHUNK + OVERHEAD, self._left))
        self._left -= len(sealed)
        try:
            plain, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(self._state, sealed)
        except exceptions.CryptoError:
            raise Damaged("the archive was altered: a chunk of it fails its authentication") from None
        self._done = tag == FINAL
        if self._done != (self._left == 0):
            raise Damaged("the archive was cut off or spliced")
        return plain

    def _open_blocks(self, password, salt):
        self._cipher = _blocks_of(password, salt)
        self._plain = self._blocks()
        if encrypted(self._plain):
            raise WrongPassword("the password does not open the archive")
        self._more = self._blocks

    def _blocks(self):
        sealed = self._source.read(CHUNK)
        self._done = not sealed
        return self._cipher.update(sealed)

    def read(self, size=-1):
        while not self._done and (size < 0 or len(self._plain) < size):
            self._plain += self._more()
        cut = len(self._plain) if size < 0 else size
        out, self._plain = self._plain[:cut], self._plain[cut:]
        return out


def _exactly(source, size):
    data = source.read(size)
    if len(data) < size:
        raise Damaged("the archive is cut off")
    return data


def prove(stream, password):
    """Read a whole archive from a stream; return {version, date, files, bytes} or raise Unprovable.

    Everything encrypted in it is decrypted, authenticated, and unpacked into nothing.
    """
    found = {"files": 0, "bytes": 0, "names": set()}
    about, inner = None, 0
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                name = os.path.normpath(member.name)
                if name == "backup.json":
                    about = json.load(archive.extractfile(member))
                elif member.isfile() and name.endswith(INNER):
                    inner += 1
                    _prove_inner(archive.extractfile(member), name, password, found)
    except (tarfile.TarError, EOFError, OSError, ValueError, zlib.error) as error:
        raise Damaged(f"the archive cannot be read to its end: {error}") from error
    if about is None or not inner:
        raise Damaged("this is no archive of Home Assistant")
    names = found.pop("names")
    return {
        **found,
        "date": about.get("date"),
        "when": _when(about.get("date")),
        "release": (about.get("homeassistant") or {}).get("version"),
        "accounts": "data/.storage/auth" in names,
        "database": "data/home-assistant_v2.db" in names,
    }


def _when(date):
    """Return an archive's own date as seconds since 1970, or None."""
    try:
        return datetime.datetime.fromisoformat(date).timestamp()
    except (TypeError, ValueError):
        return None


def _prove_inner(stream, name, password, found):
    start = stream.read(512)
    if not encrypted(start):
        raise Unencrypted(f"{name} in the archive is not encrypted")
    plain = _Decrypted(_Rewound(start, stream), password)
    found["version"] = plain.version
    if name.endswith(".gz"):
        plain = _Unpacked(plain)
    with tarfile.open(fileobj=plain, mode="r|") as archive:
        for member in archive:
            found["files"] += 1
            found["bytes"] += member.size
            found["names"].add(os.path.normpath(member.name))
        # What follows the last member, the checksum of the compression among it, counts too.
        while plain.read(CHUNK):
            pass


class _Unpacked:
    """What a gzip stream holds; behind its end there is nothing but the padding of the cipher (PKCS #7)."""

    def __init__(self, source):
        self._source = source
        self._inflate = zlib.decompressobj(wbits=31)
        self._packed = self._plain = b""

    def read(self, size):
        while len(self._plain) < size and not self._inflate.eof:
            self._packed = self._packed or self._source.read(CHUNK)
            if not self._packed:
                raise Damaged("the compressed archive is cut off")
            self._plain += self._inflate.decompress(self._packed, CHUNK)
            self._packed = self._inflate.unconsumed_tail
            if self._inflate.eof:
                self._end()
        out, self._plain = self._plain[:size], self._plain[size:]
        return out

    def _end(self):
        behind = self._inflate.unused_data + self._source.read(CHUNK)
        if behind and behind != bytes([len(behind)]) * len(behind):
            raise Damaged("something follows the compressed archive")


class _Rewound:
    """A stream of which the first bytes were read already."""

    def __init__(self, start, rest):
        self._start, self._rest = start, rest

    def read(self, size):
        if not self._start:
            return self._rest.read(size)
        out, self._start = self._start[:size], self._start[size:]
        return out if len(out) == size else out + self._rest.read(size - len(out))
