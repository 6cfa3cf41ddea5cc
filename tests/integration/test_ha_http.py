# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP settings of real instances of both eras: tried, kept, lost on purpose, and always within reach."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "home_assistant"))

from stage import CONFIG, Stage

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
HARD = {
    "login_attempts_threshold": 5,
    "use_x_forwarded_for": True,
    "trusted_proxies": ["10.77.0.10"],
    "cors_allowed_origins": [],
    "use_x_frame_options": True,
}


@pytest.fixture(scope="module", params=["ha", "ha-2026-2"])
def stage(request, tmp_path_factory):
    made = Stage(request.param, tmp_path_factory.mktemp(request.param), "http")
    made.up()
    yield made
    made.down()


def play(stage, settings, *options, urls=()):
    owner = stage.people["owner"]
    variables = {
        "hearthwall_ha_admin": {"username": owner["username"], "password": owner["password"]},
        "settings": settings,
        "verify_urls": list(urls),
    }
    return stage.play(variables, *options, playbook="http.yml")


def forwarded(stage):
    """Return what Home Assistant says to a proxy on loopback: 400 if it does not trust it."""
    command = ("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "X-Forwarded-For: 203.0.113.9")
    return stage.on(*command, f"http://127.0.0.1:{stage.port()}/auth/providers").stdout


def files(stage):
    return stage.on("sh", "-c", f"cd {CONFIG}; sha256sum configuration.yaml hearthwall_http.yaml 2>&1 || true").stdout


def test_a_dry_run_shows_the_change_and_touches_nothing(stage):
    before = (stage.tree(), stage.started())
    run = play(stage, HARD, "--check", "--diff").ok()
    assert (stage.tree(), stage.started()) == before
    assert "+login_attempts_threshold: 5" in run.text
    assert {run.status(control) for control in ("HW-HTTP-01", "HW-HTTP-02", "HW-HTTP-04")} == {"fail"}


def test_a_front_door_that_does_not_open_keeps_the_old_settings(stage):
    before = files(stage)
    run = play(stage, HARD, urls=[{"url": "https://ha.test", "resolve": "127.0.0.1"}])
    assert run.code != 0
    assert "https://ha.test does not answer" in run.text and "old settings are in force again" in run.text
    assert files(stage) == before
    stage.wait()
    assert forwarded(stage) == "400"
    assert play(stage, HARD, "--check").status("HW-HTTP-06") == "pass"


def test_settings_are_tried_and_kept(stage):
    original = stage.on("cat", f"{CONFIG}/configuration.yaml").stdout
    run = play(
        stage,
        {**HARD, "trusted_proxies": ["127.0.0.1", "10.77.0.10"]},
        urls=[{"url": f"http://127.0.0.1:{stage.port()}"}],
    ).ok()
    assert {verdict["status"] for verdict in run.verdicts.values()} == {"pass", "not_applicable"}
    assert forwarded(stage) == "200"
    now = stage.on("cat", f"{CONFIG}/configuration.yaml").stdout
    if stage.image == "ha":
        assert now == original
        assert stage.storage("http")["pending"] is None
    else:
        start, _, rest = original.partition("http:\n  server_port: 8123\n")
        assert now == f"{start}http: !include hearthwall_http.yaml\n{rest}"


def test_no_session_is_left(stage):
    assert set(stage.sessions()) <= stage.seeded


def test_the_second_run_changes_nothing(stage):
    before = (files(stage), stage.started())
    assert play(stage, {**HARD, "trusted_proxies": ["10.77.0.10", "127.0.0.1"]}).ok().changed == 0
    assert (files(stage), stage.started()) == before


def test_they_outlive_restarts(stage):
    for _restart in range(2):
        stage.on("systemctl", "restart", "home-assistant")
        stage.wait()
    assert forwarded(stage) == "200"


def test_settings_that_home_assistant_cannot_use_are_not_kept(stage):
    before = files(stage)
    run = play(stage, {"ssl_certificate": "/nowhere.pem", "ssl_key": "/nowhere.key"})
    assert run.code != 0
    assert files(stage) == before
    stage.wait()


def test_a_port_that_is_taken_is_not_kept(stage):
    stage.on("systemd-run", "--unit=squatter", "python3", "-m", "http.server", "8200", "--bind", "0.0.0.0")
    try:
        run = play(stage, {"server_port": 8200})
        assert run.code != 0
    finally:
        stage.on("systemctl", "stop", "squatter")
    stage.wait()


def test_another_port_is_followed(stage):
    assert play(stage, {"server_port": 8201}).ok().status("HW-HTTP-03") == "pass"
    stage.wait(port=8201)
    assert play(stage, {"server_port": 8201}).ok().changed == 0
    assert play(stage, {"server_port": 8123}).ok().changed == 1


def test_a_threshold_that_was_reset_comes_back(stage):
    if stage.image == "ha":
        owner = stage.people["owner"]
        settings = {
            key: value
            for key, value in stage.storage("http")["stable"].items()
            if key not in ("created_at", "error", "error_message")
        }
        command = {"type": "http/config/configure", "config": {**settings, "login_attempts_threshold": -1}}
        started = stage.started()

        def accepted():
            said = stage.attempt(owner["username"], owner["password"], None, [command])
            return said["answers"][0]["success"]

        # While it is still starting, Home Assistant takes no new settings.
        stage.until(accepted)
        stage.wait(after=started)
        run = play(stage, HARD, "--check")
        assert run.status("HW-HTTP-06") == "fail"
    else:
        change = "s/threshold: 5/threshold: -1/; s/use_x_frame_options: true/use_x_frame_options: false/"
        stage.on("sed", "-i", change, f"{CONFIG}/hearthwall_http.yaml")
        check = play(stage, HARD, "--check")
        assert check.status("HW-HTTP-01") == check.status("HW-HTTP-05") == "fail"
    run = play(stage, HARD).ok()
    assert run.status("HW-HTTP-01") == run.status("HW-HTTP-05") == run.status("HW-HTTP-06") == "pass"


def test_bans_of_the_proxy_are_lifted_and_others_stay(stage):
    text = "".join(
        f"\n{address}:\n  banned_at: '2026-11-01T00:00:00+00:00'\n" for address in ("10.77.0.10", "203.0.113.9")
    )
    stage.on("sh", "-c", f"cat > {CONFIG}/ip_bans.yaml; chown 900:900 {CONFIG}/ip_bans.yaml", stdin=text)
    assert play(stage, HARD, "--check").status("HW-HTTP-07") == "fail"
    run = play(stage, HARD).ok()
    assert run.status("HW-HTTP-07") == "pass"
    left = stage.on("cat", f"{CONFIG}/ip_bans.yaml").stdout
    assert "203.0.113.9" in left and "10.77.0.10" not in left


def test_we_are_let_in_again_after_a_ban_of_our_own_address(stage):
    text = "\n127.0.0.1:\n  banned_at: '2026-11-01T00:00:00+00:00'\n"
    stage.on("sh", "-c", f"cat > {CONFIG}/ip_bans.yaml; systemctl restart home-assistant", stdin=text)
    stage.wait(banned=True)
    run = play(stage, HARD).ok()
    assert run.status("HW-HTTP-07") == "pass"
    stage.wait()
