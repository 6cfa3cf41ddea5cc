# SPDX-License-Identifier: GPL-3.0-or-later
"""Six minutes and two restarts later Home Assistant's own revert (after five) has taken nothing back; a person may."""

from __future__ import annotations

import json
import time

from drift import reported_and_mended, say
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


def reset_threshold(lab):
    owner = lab.people()["owner"]
    stored = say(lab, owner, {"type": "http/config"})[0]["result"]["stable"]
    config = {key: value for key, value in stored.items() if key not in ("created_at", "error", "error_message")}
    config["login_attempts_threshold"] = -1
    started = lab.home_assistant_started()
    answer = say(lab, owner, {"type": "http/config/configure", "config": config})
    assert answer[0]["success"], answer
    lab.wait_for_home_assistant(after=started)
    answer = say(lab, owner, {"type": "http/config/promote"})
    assert answer[0]["success"], answer


def test_a_threshold_reset_in_home_assistants_page_is_reported_and_mended(lab):
    reported_and_mended(lab, reset_threshold, "HW-HTTP-01", "ha")
