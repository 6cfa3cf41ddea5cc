# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on Home Assistant's host after the apply; test_4_outside.py looks from outside."""

from __future__ import annotations

import pytest
import testinfra


@pytest.fixture(scope="module")
def host(lab):
    return testinfra.get_host("podman://hearthwall-ha")


@pytest.mark.parametrize("name", ["nginx", "hearthwall-firewall", "home-assistant", "certbot.timer"])
def test_what_protects_runs_and_comes_back_after_a_boot(host, name):
    service = host.service(name)
    assert service.is_running
    assert service.is_enabled


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("/var/lib/hearthwall", 0o700),
        ("/etc/hearthwall/tls/ha.hearthwall.test.pem", 0o600),
        ("/srv/homeassistant/config/.storage/auth", 0o600),
    ],
)
def test_secrets_are_for_their_owner_alone(host, path, mode):
    assert host.file(path).mode == mode


def test_home_assistant_listens_on_loopback_alone(host):
    assert host.socket("tcp://127.0.0.1:8123").is_listening
    assert not host.socket("tcp://0.0.0.0:8123").is_listening
