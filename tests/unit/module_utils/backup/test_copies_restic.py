# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.backup.restic import complaint

MUTE = "Fatal: unable to open repository at sftp:friend:/copies/ha: unable to start the sftp session, error: closed"
LOCKED = "unable to create lock in backend: repository is already locked exclusively by PID 7 on nas by copies"
REFUSED = "subprocess ssh: copies@nas: Permission denied (publickey)."


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", "it said nothing"),
        ("one\ntwo\n", "two"),
        ("Fatal: wrong password\nsomething else\n", "Fatal: wrong password"),
        (f"{LOCKED}\nlock was created at noon\nthe `unlock` command can be used to remove stale locks\n", LOCKED),
        (f"{MUTE}\n", f"{MUTE}; ssh says why: sudo ssh -F /etc/hearthwall/backup/ssh_config friend"),
        (f"{REFUSED}\n{MUTE}\n", f"{MUTE}; {REFUSED.removeprefix('subprocess ')}"),
        (f"{REFUSED}\nFatal: no session\n", f"Fatal: no session; {REFUSED.removeprefix('subprocess ')}"),
    ],
)
def test_a_complaint_is_one_line_with_its_cause(said, told):
    assert complaint("cat", said.encode()) == f"restic cat: {told}"
