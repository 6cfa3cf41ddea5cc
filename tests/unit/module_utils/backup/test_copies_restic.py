# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.backup.restic import Restic, ResticError, complaint

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


@pytest.fixture
def restic(tmp_path, monkeypatch):
    """Return a maker of a restic that complains the first time that it is run, and is fine from then on."""

    def complains(text):
        program = tmp_path / "restic"
        program.write_text(
            f"#!/bin/sh\n[ -e {tmp_path}/ran ] && echo done && exit\ntouch {tmp_path}/ran\necho '{text}' >&2\nexit 1\n"
        )
        program.chmod(0o700)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        return Restic("/nowhere", "/dev/null")

    return complains


def test_a_key_that_is_taken_away_meanwhile_is_none_of_ours(restic):
    assert restic("Fatal: <key/5a9998742a> does not exist").run("cat", "config") == "done\n"


def test_any_other_complaint_counts_at_once(restic):
    with pytest.raises(ResticError, match="<snapshot/5a9998742a> does not exist"):
        restic("Fatal: <snapshot/5a9998742a> does not exist").run("cat", "config")
