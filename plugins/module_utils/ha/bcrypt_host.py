# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""bcrypt on the host: the system's own libcrypt (libxcrypt knows $2b$), or the Python package where that is missing."""

from __future__ import annotations

import ctypes
import hmac

_BUFFER = 65536  # struct crypt_data of libxcrypt is 32 KiB; a larger zeroed buffer serves every version
_SELF_TEST = (b"hearthwall", b"$2b$04$......................ctJqcbfT846W./oTks/HQoCxQE0w9Hm")


class Unavailable(Exception):
    """Nothing on this host can compute bcrypt."""


def _libcrypt():
    for name in ("libcrypt.so.1", "libcrypt.so.2", "libcrypt.so"):
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        function = getattr(library, "crypt_r", None)
        if function is None:
            continue
        function.restype = ctypes.c_char_p
        function.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p]

        def matches(password, hashed, function=function):
            # ctypes releases the interpreter lock during the call, so threads use all CPUs.
            answer = function(password, hashed, ctypes.create_string_buffer(_BUFFER))
            return answer is not None and hmac.compare_digest(answer, hashed)

        return matches
    return None


def _package():
    try:
        import bcrypt
    except ImportError:
        return None

    def matches(password, hashed):
        try:
            return bcrypt.checkpw(password, hashed)
        except ValueError:
            return False

    return matches


def matcher():
    """Return a function (password, hash) -> whether they match, both bytes; safe to call from threads."""
    for find in (_libcrypt, _package):
        matches = find()
        if matches is not None and matches(*_SELF_TEST):
            return matches
    raise Unavailable("neither the system's libcrypt nor the Python package bcrypt can compute bcrypt here")


def as_home_assistant(password):
    """Return the bytes that Home Assistant hashes for a password."""
    return password.encode()[:72]
