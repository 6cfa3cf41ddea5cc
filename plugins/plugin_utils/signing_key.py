# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keys that sign a vendor's packages, known by their fingerprints (OpenPGP, RFC 4880 and 9580)."""

from __future__ import annotations

import re

from ansible_collections.hearthwall.home.plugins.module_utils.host import keyring

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
    if not ARMOR.search(text or "") or ARMOR.sub("", text).strip():
        raise NotPinned("the signing key is not an armored OpenPGP key (-----BEGIN PGP PUBLIC KEY BLOCK-----) alone")
    try:
        return keyring.fingerprints(text.strip().encode())
    except keyring.KeyringError as error:
        raise NotPinned(f"the signing key cannot be used: {error}") from error
