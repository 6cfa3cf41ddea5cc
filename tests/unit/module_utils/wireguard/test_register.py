# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.wireguard import register

NETWORKS = ["10.0.50.0/24", "fd50::/64"]
ONE = {"server": {}, "peers": {"anna": {"number": 2, "public_key": "A"}}, "retired": []}


def settle(declared, before, **keys):
    return register.settle(
        declared, before, {name: keys.get(name, name[0].upper()) for name in declared}, NETWORKS, "today"
    )


def test_newcomers_get_the_next_number():
    settled = settle(["anna", "ben"], {})
    assert {name: entry["number"] for name, entry in settled["peers"].items()} == {"anna": 2, "ben": 3}
    assert register.addresses(3, NETWORKS) == ["10.0.50.3", "fd50::3"]


def test_who_stays_keeps_everything():
    assert settle(["anna"], ONE) == ONE


def test_who_goes_leaves_a_number_that_nobody_gets():
    settled = settle(["ben"], ONE)
    assert settled["retired"] == [{"name": "anna", "number": 2, "public_key": "A", "on": "today"}]
    assert settled["peers"]["ben"]["number"] == 3
    again = settle(["ben", "anna"], settled, anna="A2")
    assert again["peers"]["anna"]["number"] == 4


def test_a_revoked_key_stays_revoked():
    with pytest.raises(register.RegisterError, match="was revoked"):
        settle(["zoe"], settle([], ONE), zoe="A")


def test_a_new_key_of_the_same_device_keeps_its_address():
    assert settle(["anna"], ONE, anna="A2")["peers"]["anna"] == {"number": 2, "public_key": "A2"}


def test_a_full_network_is_told():
    crowd = {"peers": {}, "retired": [{"name": "x", "number": 254, "public_key": "X", "on": "then"}]}
    with pytest.raises(register.RegisterError, match=r"10\.0\.50\.0/24 has no address left"):
        settle(["anna"], crowd)
