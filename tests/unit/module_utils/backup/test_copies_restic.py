# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.backup.restic import complaint

REFUSED = "subprocess ssh: copies@nas: Permission denied (publickey)."


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", "it said nothing"),
        ("one\ntwo\n", "two"),
        ("Fatal: wrong password\nsomething else\n", "Fatal: wrong password"),
        (f"{REFUSED}\nFatal: no session\n", f"Fatal: no session; {REFUSED.removeprefix('subprocess ')}"),
    ],
)
def test_a_complaint_is_one_line_with_its_cause(said, told):
    assert complaint("cat", said.encode()) == f"restic cat: {told}"
