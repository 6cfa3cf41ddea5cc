# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose keys a keyring holds, and which keyrings are refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.host import keyring
from ansible_collections.hearthwall.home.plugins.plugin_utils.tailscale import key_source

sys.path.insert(0, str(Path(__file__).parents[3] / "integration/tailscale"))

from openpgp import Key

# Of the key that signs Tailscale's package repositories.
PIN = "2596A99EAAB33821893C0A79458CA832957F5868"


@pytest.fixture(scope="module")
def keys():
    return Key(), Key()


def test_a_key_is_known_by_its_fingerprint_armoured_or_not(keys):
    first, second = keys
    assert keyring.fingerprints(first.public) == [first.fingerprint]
    assert keyring.fingerprints(keyring.armoured(first.public).encode()) == [first.fingerprint]
    assert keyring.binary(keyring.armoured(first.public).encode()) == first.public
    both = keyring.armoured(first.public) + keyring.armoured(second.public)
    assert keyring.fingerprints(both.encode()) == [first.fingerprint, second.fingerprint]


@pytest.mark.parametrize(
    "raw",
    [b"", b"<html>", b"\x99\x00", b"\x99\x00\x10\x04", b"\xb5\x00\x01x", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n%%"],
)
def test_what_is_no_keyring_is_refused(raw):
    with pytest.raises(keyring.KeyringError):
        keyring.fingerprints(raw)


def test_only_the_pinned_key_alone_is_taken(keys, tmp_path):
    first, second = keys
    path = tmp_path / "kept.asc"
    assert key_source.kept(str(path), first.fingerprint) is None
    path.write_bytes(first.public)
    assert key_source.kept(str(path), first.fingerprint).startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    # A second key beside the pinned one would be trusted by apt just as much.
    for raw in (second.public, first.public + second.public, b"not a key"):
        path.write_bytes(raw)
        with pytest.raises(key_source.KeySourceError):
            key_source.kept(str(path), first.fingerprint)


def test_nothing_is_fetched_without_tls_and_nothing_kept_that_is_wrong(keys, tmp_path, monkeypatch):
    path = str(tmp_path / "kept.asc")
    with pytest.raises(key_source.KeySourceError, match="no https URL"):
        key_source.fetch("http://127.0.0.1:1/key", path, PIN)

    class Answer:
        def __init__(self, raw):
            self.read = lambda _most: raw

        def __enter__(self):
            return self

        def __exit__(self, *_error):
            return None

    monkeypatch.setattr(key_source, "open_url", lambda _url, timeout: Answer(keys[1].public))
    with pytest.raises(key_source.KeySourceError, match=keys[1].fingerprint):
        key_source.fetch("https://packages.example/key", path, keys[0].fingerprint)
    assert key_source.kept(path, keys[0].fingerprint) is None
    text = key_source.fetch("https://packages.example/key", path, keys[1].fingerprint)
    assert key_source.kept(path, keys[1].fingerprint) == text


def test_a_fetch_that_fails_says_what_to_do(tmp_path, monkeypatch):
    def refused(_url, timeout):
        raise OSError("Connection refused")

    monkeypatch.setattr(key_source, "open_url", refused)
    with pytest.raises(key_source.KeySourceError, match="Connection refused") as told:
        key_source.fetch("https://packages.example/key", str(tmp_path / "kept.asc"), PIN)
    assert "put it at" in told.value.fix
