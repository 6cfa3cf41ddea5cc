# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time

import pyotp
import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.ha import sealed, totp
from ansible_collections.hearthwall.home.plugins.module_utils.ha.common_passwords import PASSWORDS

# RFC 6238, appendix B, SHA-1, the last six of its eight digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}


@pytest.mark.parametrize("when", RFC)
def test_codes_of_the_standard(when):
    assert totp.code(RFC_SECRET, when) == RFC[when]


def test_codes_as_home_assistant_checks_them():
    secret = pyotp.random_base32()
    now = time.time()
    assert pyotp.TOTP(secret).verify(totp.code(secret, now), for_time=int(now))


def test_spaces_and_case_do_not_count():
    assert totp.code("gezd gnbv gy3t qojq gezd gnbv gy3t qojq", 59) == RFC[59]
    assert totp.fingerprint("gezd gnbv gy3t qojq gezd gnbv gy3t qojq") == totp.fingerprint(RFC_SECRET)


def test_a_sealed_secret_cannot_be_read_on_the_way():
    key = sealed.new_key()
    text = sealed.seal(key, {"olivia": {"secret": RFC_SECRET}})
    assert RFC_SECRET not in text and "olivia" not in text
    assert sealed.unseal(key, text) == {"olivia": {"secret": RFC_SECRET}}
    with pytest.raises(ValueError):
        sealed.unseal(sealed.new_key(), text)


def test_the_list_is_long_and_without_repetition():
    assert len(PASSWORDS) >= 1000
    assert len(set(PASSWORDS)) == len(PASSWORDS)
    assert all(password.isprintable() for password in PASSWORDS)
