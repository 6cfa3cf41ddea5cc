# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloudflare's API over real HTTP on loopback, to a stand-in: what is asked, and how each failure is called."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.cloudflare.credentials import Tunnel
from ansible_collections.hearthwall.home.plugins.plugin_utils import web_session
from ansible_collections.hearthwall.home.plugins.plugin_utils.cloudflare.api import Api, ApiError

sys.path.insert(0, str(Path(__file__).parents[3] / "stand_ins"))

from cloudflare_api import READ_ONLY, TOKEN, CloudflareApi, application

TUNNEL = Tunnel("0a1b2c", "6ff42ae2-765d-4adf-8112-31c55c1551ef")


@pytest.fixture
def cloudflare():
    made = CloudflareApi(TUNNEL.account, TUNNEL.identifier)
    yield made
    made.close()


@pytest.fixture
def waited():
    return []


@pytest.fixture
def api(cloudflare, waited):
    return Api(TOKEN, cloudflare.url, waited.append)


def test_what_is_set_is_what_is_read(api):
    assert api.tunnel(TUNNEL)["status"] == "healthy" and api.configuration(TUNNEL) == {}
    api.configure(TUNNEL, {"ingress": [{"service": "http_status:404"}]})
    assert api.configuration(TUNNEL) == {"ingress": [{"service": "http_status:404"}]}


def test_every_application_is_read(api, cloudflare):
    cloudflare.apps = [application(f"{number}.example.org") for number in range(250)]
    assert len(api.applications(TUNNEL.account)) == 250
    assert len(cloudflare.asked) == 3


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "may be malformed"),
        (401, "wrong, expired or revoked"),
        (403, "needs the permission Cloudflare Tunnel: Read"),
        (404, "the tunnel was deleted"),
        (301, "refuses"),
    ],
)
def test_a_refusal_is_named_and_not_repeated(api, cloudflare, waited, status, words):
    cloudflare.fail = [(status, {"Location": "http://127.0.0.1:9/"})]
    with pytest.raises(ApiError, match=words) as told:
        api.tunnel(TUNNEL)
    assert "as the test has it" in str(told.value) and TOKEN not in str(told.value)
    assert len(cloudflare.asked) == 1 and waited == []


def test_a_wrong_token_and_one_that_may_only_read(cloudflare):
    with pytest.raises(ApiError, match="wrong, expired or revoked"):
        Api("another", cloudflare.url).tunnel(TUNNEL)
    with pytest.raises(ApiError, match="needs the permission Cloudflare Tunnel: Edit"):
        Api(READ_ONLY, cloudflare.url).configure(TUNNEL, {})


def test_a_busy_api_is_asked_again_when_it_says(api, cloudflare, waited):
    cloudflare.fail = [(429, {"Retry-After": "7"}), (503, {})]
    assert api.tunnel(TUNNEL)["name"] == "home" and waited == [7, 2]
    cloudflare.fail = [(429, {"Retry-After": "3600"})]
    with pytest.raises(ApiError, match="asked too often.*Try again in 3600 s"):
        api.tunnel(TUNNEL)
    cloudflare.fail = [(502, {})] * 3
    with pytest.raises(ApiError, match="out of order.*Try again later"):
        api.tunnel(TUNNEL)


def test_a_change_that_broke_off_is_not_repeated_blindly(api, cloudflare):
    cloudflare.fail = [(502, {})]
    with pytest.raises(ApiError, match="502"):
        api.configure(TUNNEL, {"ingress": []})
    assert [method for method, _path in cloudflare.asked] == ["PUT"]


def test_silence_ends(api, cloudflare, monkeypatch):
    monkeypatch.setattr(web_session, "TIMEOUT", 0.2)
    cloudflare.slow = 1
    with pytest.raises(ApiError, match="does not answer"):
        api.tunnel(TUNNEL)
    cloudflare.close()
    with pytest.raises(ApiError, match="does not answer"):
        api.tunnel(TUNNEL)
