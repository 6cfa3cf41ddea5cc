# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.backup import upkeep


@pytest.fixture
def store(tmp_path):
    (tmp_path / "ha" / "data" / "aa").mkdir(parents=True)
    client = {
        "name": "ha",
        "repository": str(tmp_path / "ha"),
        "password_file": "/dev/null",
        "state": str(tmp_path / "ha.json"),
        "log": str(tmp_path / "ha.log"),
    }
    return upkeep.Upkeep(client, {"cache": str(tmp_path / "cache")})


def packs(store, wrong, right=1):
    folder = f"{store.path}/data/aa"
    for number in range(wrong):
        with open(f"{folder}/{number:064x}", "wb") as file:
            file.write(b"junk")
    for number in range(right):
        data = str(number).encode()
        with open(f"{folder}/{hashlib.sha256(data).hexdigest()}", "wb") as file:
            file.write(data)


def test_half_a_snapshot_goes_and_a_known_one_never(store, tmp_path):
    (tmp_path / "ha" / "snapshots").mkdir()
    half, known = (tmp_path / "ha" / "snapshots" / (letter * 64) for letter in "ab")
    for place in (half, known):
        place.write_bytes(b"cut off")
    store.noted["ledger"] = {known.name: [7, round(known.stat().st_mtime, 3)]}
    store._account()
    assert not half.exists() and known.exists()
    assert store.noted["lost"] == []


@pytest.mark.parametrize(("wrong", "told"), [(0, {}), (5, {}), (6, {"junk": 6})])
def test_unfinished_packs_are_no_attack_and_many_are(store, wrong, told):
    packs(store, wrong)
    store._account()
    assert store.noted["refused"]["what"] == told
    store._account()
    assert store.noted["refused"]["what"] == told  # counted once
