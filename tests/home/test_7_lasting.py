# SPDX-License-Identifier: GPL-3.0-or-later
"""Six minutes and two restarts later: Home Assistant's own revert (after five) has taken nothing back."""

from __future__ import annotations

import json
import time

from lab import CONFIG, ROOT

REVERT_SECONDS = 360


def settings(lab):
    stored = json.loads(lab.on("ha", "cat", f"{CONFIG}/.storage/http").ok().out)["data"]
    assert not stored.get("pending"), stored
    return stored["stable"]


def test_the_http_settings_last(lab):
    before = settings(lab)
    assert before["login_attempts_threshold"] > 0
    for _restart in range(2):
        lab.on("ha", "systemctl", "restart", "home-assistant").ok()
        lab.wait_for_home_assistant()
    report = ROOT / "reports/lab/latest.json"
    # The wait counts from the last apply, which earlier tests may have made minutes ago.
    time.sleep(max(0, REVERT_SECONDS - (time.time() - report.stat().st_mtime)))
    assert settings(lab) == before
    lab.playbook("check.yml").ok()
    assert {status for (control, _host), status in lab.statuses().items() if control.startswith("HW-HTTP")} == {"pass"}
