# SPDX-License-Identifier: GPL-3.0-or-later
"""Things that go wrong while applying: the old state serves, and the error names the cause and the next command."""

from __future__ import annotations

import json

import pytest
from lab import difference
from outside import FRONT_DOOR


def serves(lab):
    return lab.intruder("phone", "reach", target=FRONT_DOOR, source=None)["succeeded"]


@pytest.fixture
def states(lab):
    """The failing run has to leave every host's files, services and firewall as they were."""
    assert serves(lab)
    before = lab.states()
    yield
    assert serves(lab)
    left = {
        host: [line for line in lines if "/var/lib/hearthwall" not in line and "ExecMainStart" not in line]
        for host, lines in difference(before, lab.states()).items()
    }
    assert not any(left.values()), left


def apply(lab, **variables):
    return lab.playbook("site.yml", "-e", json.dumps(variables))


def test_a_proxy_configuration_that_nginx_refuses(lab, states):
    run = apply(lab, reverse_proxy_extra_server_config="no_such_directive on;")
    assert run.rc == 2
    assert "no_such_directive" in run.text
    assert "reverse_proxy_" in run.text or "nginx -t" in run.text


def test_a_certificate_order_that_fails(lab, states):
    run = apply(lab, reverse_proxy_server_name="not-ours.hearthwall.test")
    assert run.rc == 2
    assert "certbot" in run.text


def test_home_assistant_down_during_the_apply(lab):
    lab.on("ha", "systemctl", "stop", "home-assistant").ok()
    try:
        run = apply(lab, exposure_http={"login_attempts_threshold": 3})
        assert run.rc == 2
        assert "home-assistant" in run.text
        assert "systemctl" in run.text
    finally:
        lab.on("ha", "systemctl", "start", "home-assistant").ok()
        lab.wait_for_home_assistant()
    lab.playbook("site.yml").ok()
    assert serves(lab)
