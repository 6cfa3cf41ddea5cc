# SPDX-License-Identifier: GPL-3.0-or-later
"""Six minutes and two restarts later: Home Assistant's own revert (after five) has taken nothing back."""

from __future__ import annotations

import json
import time

from lab import CONFIG

STORE = f"{CONFIG}/.storage/http"
REVERT_SECONDS = 360


def settings(lab):
    stored = json.loads(lab.on("ha", "cat", STORE).ok().out)["data"]
    assert not stored.get("pending"), stored
    return stored["stable"]


def written(lab):
    """Return when Home Assistant last wrote its settings down: its revert counts from no later than that."""
    return int(lab.on("ha", "stat", "-c", "%Y", STORE).ok().out)


def test_the_http_settings_last(lab):
    before = settings(lab)
    assert before["login_attempts_threshold"] > 0
    for _restart in range(2):
        lab.on("ha", "systemctl", "restart", "home-assistant").ok()
        lab.wait_for_home_assistant()
    # Earlier tests may have taken most of these minutes.
    time.sleep(max(0, REVERT_SECONDS - (time.time() - written(lab))))
    assert settings(lab) == before
    lab.playbook("check.yml").ok()
    assert {status for (control, _host), status in lab.statuses().items() if control.startswith("HW-HTTP")} == {"pass"}
