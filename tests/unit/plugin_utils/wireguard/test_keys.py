# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import stat

from ansible_collections.hearthwall.home.plugins.plugin_utils.wireguard import handover, keys, register_file

# Curve25519's base point times one, with the bits that every private key has: RFC 7748 clamps both alike.
ZEROS = base64.b64encode(bytes(32)).decode()
CLAMPED = base64.b64encode(bytes([0] * 31 + [64])).decode()


def test_keys_are_what_wireguard_takes():
    private = keys.private_key()
    assert len(base64.b64decode(private)) == len(base64.b64decode(keys.preshared_key())) == keys.BYTES
    assert keys.public_key(private) == keys.public_key(private) != keys.public_key(keys.private_key())
    assert keys.public_key(ZEROS) == keys.public_key(CLAMPED)


def test_the_register_is_read_as_it_was_written(tmp_path):
    path = register_file.place(str(tmp_path / "hearthwall_vault.yml"))
    assert register_file.read(path) == {}
    register_file.write(path, {"peers": {"anna": {"number": 2}}})
    assert register_file.read(path) == {"peers": {"anna": {"number": 2}}}
    assert [each.name for each in tmp_path.iterdir()] == [register_file.NAME]


def test_a_code_can_be_handed_over(tmp_path):
    assert "█" in handover.on_screen("[Interface]\n")
    path = tmp_path / "codes"
    picture = handover.as_picture("[Interface]\n", str(path), "anna")
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    written = path / "anna.png"
    assert picture == str(written)
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert written.read_bytes().startswith(b"\x89PNG")
