# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.backup import ledger

# As rclone 1.60 writes it.
LOCK = "98174057" * 8
LOG = f"""\
2026/11/23 18:24:34 DEBUG : Local file system at /x: POST /locks/{LOCK}
2026/11/23 18:24:34 DEBUG : Local file system at /x: DELETE /locks/{LOCK}
2026/11/23 18:25:01 DEBUG : Local file system at /x: DELETE /snapshots/8d0517cd03c4a459
2026/11/23 18:25:01 DEBUG : Local file system at /x: DELETE /locks/../snapshots/8d0517cd03c4a459
2026/11/23 18:25:02 ERROR : data/12/1234: Post request: file already exists, refusing to overwrite in append-only mode
2026/11/23 18:25:03 REFUSED a command
"""


def test_refusals_are_read_and_locks_are_none(tmp_path):
    (tmp_path / "log").write_text(LOG)
    found = ledger.refused(tmp_path / "log")
    assert found == {"count": 4, "last": "2026-11-23T18:25:03Z", "what": {"delete": 2, "overwrite": 1, "command": 1}}
    assert ledger.refused(tmp_path / "none")["count"] == 0


def test_counts_add_up():
    one = {"count": 1, "last": "2026-11-01T00:00:00Z", "what": {"delete": 1}}
    two = {"count": 2, "last": None, "what": {"delete": 1, "command": 1}}
    assert ledger.together(one, two) == {"count": 3, "last": one["last"], "what": {"delete": 2, "command": 1}}


def test_what_is_gone_or_altered_is_missed():
    known = {"a": [10, 1.5], "b": [10, 2.5], "c": [10, 3.5]}
    assert ledger.missing(known, {"a": [10, 1.5], "b": [11, 2.5], "d": [1, 9.5]}) == ["b", "c"]
