# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof of Home Assistant's archives, on archives that its own library has written."""

from __future__ import annotations

import io
import json
import tarfile

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.backup import archives
from ansible_collections.hearthwall.home.plugins.module_utils.backup.securetar import (
    Damaged,
    Unencrypted,
    WrongPassword,
    opens,
    prove,
)
from securetar import SecureTarArchive

PASSWORD = "correct-horse"
ABOUT = {"date": "2026-11-23T04:45:00+01:00", "homeassistant": {"version": "2026.11.0"}}


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    folder = tmp_path_factory.mktemp("content")
    storage = folder / "data/.storage"
    storage.mkdir(parents=True)
    (storage / "auth").write_text("{}")
    (folder / "data/home-assistant_v2.db").write_bytes(bytes(range(256)) * 8192)
    return folder


@pytest.fixture
def archive(tmp_path, content):
    def archive(version, more=0):
        """Return the path of an archive; ``more`` bytes make it longer, and its padding another."""
        path = tmp_path / f"{version}-{more}.tar"
        (content / "data/more").write_bytes(bytes(number * 37 % 251 for number in range(more)))
        protected = {"password": PASSWORD, "create_version": version} if version else {}
        with SecureTarArchive(path, "w", **protected) as outer:
            with outer.create_tar("./homeassistant.tar.gz", gzip=True) as inner:
                inner.add(content, arcname="./")
            data = json.dumps(ABOUT).encode()
            member = tarfile.TarInfo("./backup.json")
            member.size = len(data)
            outer.tar.addfile(member, io.BytesIO(data))
        return path

    return archive


def proved(path, password=PASSWORD):
    with path.open("rb") as stream:
        return prove(stream, password)


@pytest.mark.parametrize("version", [2, 3])
def test_it_is_opened_and_read_whole(archive, version):
    found = proved(archive(version))
    assert (found["version"], found["release"]) == (version, "2026.11.0")
    assert found["accounts"] and found["database"] and found["bytes"] > 2 * 1024 * 1024


def test_any_length_of_the_padding_is_taken(archive):
    """Version 2 pads what it encrypts to whole blocks, by one byte up to sixteen."""
    for more in range(40):
        assert proved(archive(2, more))["version"] == 2


@pytest.mark.parametrize("version", [2, 3])
def test_the_first_bytes_tell_whether_a_password_opens_it(archive, version):
    header = archives.header(archive(version))
    assert opens(header, PASSWORD) is True and opens(header, "wrong") is False


@pytest.mark.parametrize("version", [2, 3])
def test_a_wrong_password_does_not_open_it(archive, version):
    with pytest.raises(WrongPassword):
        proved(archive(version), "wrong")


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("place", [0.3, 0.9])
def test_one_rotten_byte_is_found(archive, version, place):
    path = archive(version, 3000)
    with tarfile.open(path) as outer:
        inner = next(member for member in outer if member.name.endswith(".tar.gz"))
    spot = inner.offset_data + int(inner.size * place)
    data = bytearray(path.read_bytes())
    data[spot] ^= 1
    path.write_bytes(data)
    with pytest.raises(Damaged):
        proved(path)


@pytest.mark.parametrize("version", [2, 3])
def test_one_that_is_cut_off_is_found(archive, version):
    path = archive(version, 3000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(Damaged):
        proved(path)


def test_one_in_the_clear_is_found(archive):
    with pytest.raises(Unencrypted):
        proved(archive(None))
