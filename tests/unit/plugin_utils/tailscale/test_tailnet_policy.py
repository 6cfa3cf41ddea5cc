# SPDX-License-Identifier: GPL-3.0-or-later
"""The action for the tailnet's policy, run by Ansible, against a stand-in for Tailscale's API."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tailscale_api import CLIENT, EVERYTHING, SECRET, TOKEN

ROOT = Path(__file__).parents[4]
POLICY = {
    "zones": {
        "servers": {"interface": "eth1", "cidr4": "10.0.40.0/24"},
        "tailnet": {"interface": "tailscale0", "kind": "tailnet", "cidr4": "100.64.0.0/10", "intra": "isolate"},
    },
    "hosts": {"ha": {"zone": "servers", "ip4": "10.0.40.10"}},
    "flows": [{"from": "tailnet", "to": "ha", "services": ["https"], "why": "Home Assistant from anywhere"}],
    "router": {"manage": {"from": ["servers"]}},
}


@pytest.fixture
def play(tmp_path, server):
    def run(*options, **changes):
        arguments = {
            "policy": POLICY,
            "people": ["anna@example.org"],
            "tag": "tag:ha",
            "serves": 443,
            "addresses": ["10.0.40.10"],
            "file": str(tmp_path / "tailnet.hujson"),
            "api": {"token": TOKEN, "url": server.url},
            **changes,
        }
        tasks = [
            {"hearthwall.home.tailnet_policy": arguments, "register": "told"},
            {"ansible.builtin.debug": {"msg": "TOLD>>>{{ told | to_json | b64encode }}<<<"}},
        ]
        (tmp_path / "play.yml").write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
        environment["ANSIBLE_CALLBACKS_ENABLED"] = "ansible.builtin.default"
        done = subprocess.run(
            [f"{sys.prefix}/bin/ansible-playbook", "-i", "ha,", "-c", "local", str(tmp_path / "play.yml"), *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=ROOT,
            env=environment,
        )
        return Run(done)

    return run


class Run:
    def __init__(self, done):
        self.code, self.text = done.returncode, done.stdout + done.stderr
        told = self.text.partition("TOLD>>>")[2].partition("<<<")[0]
        self.told = json.loads(base64.b64decode(told)) if told else {}

    @property
    def verdict(self):
        (verdict,) = self.told["hearthwall_verdicts"]
        return verdict


def test_the_tailnets_policy_is_held_against_the_homes(play, server, tmp_path):
    checked = play("--check", "--diff")
    assert checked.verdict["status"] == "fail"
    assert "grants[0] lets" in checked.verdict["actual"]
    assert checked.told["changed"]
    assert not (tmp_path / "tailnet.hujson").exists()

    # Written, and not put in force: that is the owner's to do.
    written = play()
    assert written.verdict["status"] == "fail"
    assert server.policy == EVERYTHING
    assert not play().told["changed"]

    pushed = play("-vvv", push=True)
    assert pushed.verdict["status"] == "pass"
    assert pushed.verdict["changed"]
    assert pushed.told["pushed"]
    assert server.policy == (tmp_path / "tailnet.hujson").read_text()
    assert (tmp_path / "tailnet.hujson.before").read_text() == EVERYTHING
    assert TOKEN not in pushed.text

    again = play(push=True)
    assert again.verdict["status"] == "pass"
    assert not again.told["changed"]


def test_a_policy_that_changes_meanwhile_is_left_alone(play, server):
    server.meanwhile = '{"grants": [], "hosts": {"theirs": "10.0.0.1"}}'
    run = play("-vvv", push=True, api={"client_id": CLIENT, "client_secret": SECRET, "url": server.url})
    assert run.code != 0
    assert "Somebody changed" in run.text
    assert "theirs" in server.policy
    assert SECRET not in run.text


def test_tests_that_fail_keep_the_policy_in_force(play, server):
    server.failing = [{"user": "anna@example.org", "errors": ["want: Accept, got: Drop"]}]
    run = play(push=True)
    assert run.code != 0
    assert "anna@example.org: want" in run.text
    assert server.policy == EVERYTHING


def test_what_nobody_could_ask_is_unknown(play, server):
    assert play(api=None).verdict["status"] == "unknown"
    server.fail = [(403, {})]
    assert "policy_file" in play().verdict["actual"]
    server.policy = '{"grants": [{"src": ["autogroup:nobody-knows"], "dst": ["tag:ha"], "ip": ["tcp:443"]}]}'
    told = play().verdict
    assert (told["status"], "autogroup:nobody-knows" in told["actual"]) == ("unknown", True)


def test_without_a_policy_people_reach_what_is_served(play, server, tmp_path):
    assert play(policy=None, push=True).verdict["status"] == "pass"
    grants = server.data()["grants"]
    assert grants == [{"src": ["group:home"], "dst": ["tag:ha"], "ip": ["tcp:443"]}]
