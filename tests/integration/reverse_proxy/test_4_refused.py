# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot work is refused, and the old state goes on serving."""

from __future__ import annotations

import time

import pytest

from .door_stage import ALIAS, URL


def test_a_configuration_that_nginx_refuses(stage):
    with stage.unchanged():
        done = stage.apply(reverse_proxy_extra_server_config="no_such_directive on;")
    assert done.returncode == 2 and "no_such_directive" in done.stdout
    assert stage.curl(f"{URL}/")[0] == 200


def test_a_failed_order_leaves_the_old_certificate_serving(stage):
    served = stage.about("serial")
    with stage.unchanged():
        done = stage.apply(reverse_proxy_server_name="not-ours.hearthwall.test")
    assert done.returncode == 2
    assert "certbot" in done.stdout and "not-ours.hearthwall.test" in done.stdout and "Next:" in done.stdout
    assert stage.about("serial") == served and stage.curl(f"{URL}/")[0] == 200


def test_an_authority_that_is_away_keeps_the_old_certificate(stage):
    served = stage.about("serial")
    stage.on("authority", "systemctl", "stop", "pebble")
    try:
        with stage.unchanged():
            done = stage.apply(reverse_proxy_server_aliases=[ALIAS])
    finally:
        stage.on("authority", "systemctl", "start", "pebble")
    assert done.returncode == 2 and "Connection refused" in done.stdout
    assert stage.about("serial") == served


def test_home_assistant_down_while_applying(stage):
    stage.upstream("stop")
    try:
        done = stage.apply(reverse_proxy_max_body_size="64m")
        assert done.returncode == 2
        assert "502" in done.stdout and "systemctl status home-assistant" in done.stdout
        verdict = stage.verdicts(stage.applied("--check"))["HW-PROXY-01"]
        assert verdict["status"] == "fail" and "502" in verdict["actual"]
    finally:
        stage.upstream("start")
    assert "client_max_body_size 128m;" in stage.on("door", "cat", "/etc/nginx/hearthwall/limits.conf").stdout
    end = time.monotonic() + 60
    while (served := stage.curl(f"{URL}/")[0]) != 200:
        assert time.monotonic() < end, served
        time.sleep(0.5)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"reverse_proxy_upstream": {}}, "reverse_proxy_upstream"),
        ({"reverse_proxy_acme": {}}, "accept_terms"),
        ({"reverse_proxy_certificate_source": "provided"}, "reverse_proxy_certificate_file"),
        ({"reverse_proxy_tls_profile": "old"}, "reverse_proxy_tls_profile"),
    ],
)
def test_what_cannot_work_is_refused_before_the_host_changes(stage, variables, named):
    done = stage.apply(**variables)
    assert done.returncode == 2 and named in done.stdout
