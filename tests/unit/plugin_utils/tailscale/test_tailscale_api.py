# SPDX-License-Identifier: GPL-3.0-or-later
"""The tailnet's policy through its API, against a stand-in that answers as the real one is documented to."""

from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.plugin_utils.tailscale.api import ApiError, Tailnet
from tailscale_api import CLIENT, EVERYTHING, SECRET, TOKEN

NEW = '{"grants": []}'


@pytest.fixture
def waited():
    return []


@pytest.fixture
def tailnet(server, waited):
    return Tailnet(TOKEN, url=server.url, sleep=waited.append)


def test_a_policy_is_read_tried_and_replaced(tailnet, server):
    seen = tailnet.present()
    assert seen.data["grants"][0]["src"] == ["*"]
    assert tailnet.text() == EVERYTHING
    tailnet.validate(NEW)
    tailnet.replace(NEW, seen)
    assert server.policy == NEW


def test_a_client_borrows_a_token(server):
    assert Tailnet(client_id=CLIENT, client_secret=SECRET, url=server.url).present().etag == server.etag
    with pytest.raises(ApiError, match="tailscale_api"):
        Tailnet(client_id=CLIENT, client_secret="wrong", url=server.url).present()


def test_what_somebody_else_has_changed_is_left_alone(tailnet, server):
    seen = tailnet.present()
    server.policy = '{"grants": [], "hosts": {"theirs": "10.0.0.1"}}'
    with pytest.raises(ApiError, match="Somebody changed"):
        tailnet.replace(NEW, seen)
    assert "theirs" in server.policy


def test_tests_that_fail_are_told(tailnet, server):
    server.failing = [{"user": "anna@example.org", "errors": ['address "tag:ha:443": want: Accept, got: Drop']}]
    with pytest.raises(ApiError, match="anna@example.org: address"):
        tailnet.validate(NEW)


def test_a_busy_api_is_asked_again_when_it_says(tailnet, server, waited):
    server.fail = [(429, {"Retry_After": "7"}), (503, {})]
    assert tailnet.present().etag == server.etag
    assert waited == [7, 2]


def test_patience_ends(tailnet, server, waited):
    server.fail = [(429, {"Retry_After": "7"})] * 3
    with pytest.raises(ApiError, match=r"asked too often.*Try again in 7 s"):
        tailnet.present()
    server.fail = [(429, {"Retry_After": "3600"})]
    with pytest.raises(ApiError, match="Try again in 3600 s"):
        tailnet.present()
    assert waited == [7, 7]


def test_a_change_that_broke_off_is_not_repeated_blindly(tailnet, server):
    seen = tailnet.present()
    server.fail = [(502, {})]
    with pytest.raises(ApiError, match="out of order"):
        tailnet.replace(NEW, seen)
    assert server.policy == EVERYTHING


@pytest.mark.parametrize(
    ("status", "word"), [(401, "expired or revoked"), (403, "policy_file"), (404, "no such tailnet")]
)
def test_a_refusal_says_what_to_do(tailnet, server, status, word):
    server.fail = [(status, {})]
    with pytest.raises(ApiError, match=word) as told:
        tailnet.present()
    assert TOKEN not in str(told.value)


def test_silence_is_no_answer(server):
    server.close()
    with pytest.raises(ApiError, match="does not answer"):
        Tailnet(TOKEN, url=server.url).present()
