# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib

from ansible_collections.hearthwall.home.plugins.module_utils.backup import ledger

PACK, SNAPSHOT = (hashlib.sha256(text).hexdigest() for text in (b"pack", b"snapshot"))
LOCK, HALF = "98174057" * 8, "ab" * 32
# As rclone 1.60 writes it; HALF is what restic itself takes away after a save that failed.
EXISTS = "Post request: file already exists, refusing to overwrite in append-only mode"
LOG = f"""\
2026/11/23 18:24:34 DEBUG : Local file system at /x: POST /locks/{LOCK}
2026/11/23 18:24:34 DEBUG : Local file system at /x: DELETE /locks/{LOCK}
2026/11/23 18:25:01 DEBUG : Local file system at /x: DELETE /snapshots/{SNAPSHOT}
2026/11/23 18:25:01 DEBUG : Local file system at /x: DELETE /data/{HALF}
2026/11/23 18:25:01 DEBUG : Local file system at /x: DELETE /locks/../snapshots/{SNAPSHOT}
2026/11/23 18:25:02 ERROR : data/{PACK[:2]}/{PACK}: {EXISTS}
2026/11/23 18:25:02 ERROR : data/ab/{HALF}: {EXISTS}
2026/11/23 18:25:03 REFUSED a command
"""


def test_refusals_are_read_and_neither_locks_nor_retries_are_any(tmp_path):
    repository = tmp_path / "ha"
    for place, text in (
        (f"data/{PACK[:2]}/{PACK}", b"pack"),
        (f"snapshots/{SNAPSHOT}", b"snapshot"),
        (f"data/ab/{HALF}", b""),
    ):
        (repository / place).parent.mkdir(parents=True, exist_ok=True)
        (repository / place).write_bytes(text)
    (tmp_path / "log").write_text(LOG)
    found = ledger.refused(tmp_path / "log", repository)
    assert found == {"count": 4, "last": "2026-11-23T18:25:03Z", "what": {"delete": 2, "overwrite": 1, "command": 1}}
    assert ledger.refused(tmp_path / "none", repository)["count"] == 0


def test_counts_add_up():
    one = {"count": 1, "last": "2026-11-01T00:00:00Z", "what": {"delete": 1}}
    two = {"count": 2, "last": None, "what": {"delete": 1, "command": 1}}
    assert ledger.together(one, two) == {"count": 3, "last": one["last"], "what": {"delete": 2, "command": 1}}


def test_what_is_gone_or_altered_is_missed():
    known = {"a": [10, 1.5], "b": [10, 2.5], "c": [10, 3.5]}
    assert ledger.missing(known, {"a": [10, 1.5], "b": [11, 2.5], "d": [1, 9.5]}) == ["b", "c"]
