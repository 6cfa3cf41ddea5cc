# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import broken_off, mended, verdict

BEFORE = [verdict("HW-A-01", "fail", "closed", "open"), verdict("HW-A-02", "pass"), verdict("HW-A-03", "unknown")]


def test_mended_is_what_passes_now_and_did_not_before():
    after = [verdict(f"HW-A-0{number}", "pass") for number in (1, 2, 3, 4)]
    assert [spoken["changed"] for spoken in mended(BEFORE, after)] == [True, False, True, False]


def test_what_still_fails_is_not_mended():
    assert not mended(BEFORE, BEFORE)[0]["changed"]


def test_what_broke_off_is_an_error_for_what_failed_alone():
    (spoken,) = broken_off(BEFORE, "closing", "no route")
    assert (spoken["id"], spoken["status"], spoken["expected"]) == ("HW-A-01", "error", "closed")
    assert spoken["actual"] == "open; closing failed: no route"
