# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The key that Tailscale signs its packages with: fetched once, kept with the inventory, always held against a pin."""

from __future__ import annotations

import os

from ansible.module_utils.urls import open_url
from ansible_collections.hearthwall.home.plugins.module_utils.host import keyring

NAME = "hearthwall_tailscale.asc"
TIMEOUT = 30
LARGEST = 1 << 20


class KeySourceError(Exception):
    """There is no key to be had, or not the right one; ``fix`` says what to do."""

    def __init__(self, message, fix):
        super().__init__(message)
        self.fix = fix


def kept(path, pinned):
    """Return the key that is kept, armoured; None where there is none yet."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except FileNotFoundError:
        return None
    return _held(raw, pinned, path)


def fetch(url, path, pinned):
    """Fetch the key, keep it and return it armoured; nothing is kept that is not the pinned one."""
    by_hand = f"Fetch it on another machine and put it at {path}."
    if not url.startswith("https://"):
        raise KeySourceError(f"{url} is no https URL.", by_hand)
    try:
        with open_url(url, timeout=TIMEOUT) as answer:
            raw = answer.read(LARGEST)
    except Exception as error:  # urllib's, ssl's and Ansible's own have no base in common
        raise KeySourceError(f"The signing key could not be fetched from {url}: {error}.", by_hand) from None
    text = _held(raw, pinned, url)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return text


def _held(raw, pinned, place):
    """Return a keyring, armoured, that holds the pinned key and no other."""
    try:
        found = keyring.fingerprints(raw)
    except keyring.KeyringError as error:
        raise KeySourceError(f"{place} is no signing key: {error}.", "Remove it; it is fetched anew.") from None
    if found != [pinned.replace(" ", "").upper()]:
        raise KeySourceError(
            f"{place} does not hold the pinned signing key {pinned} alone, but {', '.join(found)}.",
            "Do not use it. If Tailscale has announced another key, set tailscale_signing_key_fingerprint to it.",
        )
    return keyring.armoured(raw)
