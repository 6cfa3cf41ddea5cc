# SPDX-License-Identifier: GPL-3.0-or-later
"""check.yml is site.yml as a dry run: the same plays in the same order, none of which can write."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"


def plays(name):
    return yaml.safe_load((PLAYBOOKS / name).read_text(encoding="utf-8"))


def test_every_play_of_the_check_is_a_dry_run_by_itself():
    # A literal, not a variable: no flag and no extra variable can turn it off.
    assert [play.pop("check_mode") for play in plays("check.yml")] == [True] * len(plays("site.yml"))


def test_the_check_and_the_apply_are_the_same_plays():
    checked = [{key: value for key, value in play.items() if key != "check_mode"} for play in plays("check.yml")]
    assert checked == plays("site.yml")


def test_a_whole_run_leaves_no_role_of_the_catalogue_out():
    """A run that leaves one out is a partial one, and no partial run says how a home stands."""
    imported = {
        task["ansible.builtin.import_role"]["name"]
        for play in plays("site.yml")
        for task in play["tasks"]
        if "ansible.builtin.import_role" in task
    }
    assert {f"hearthwall.home.{each['role']}" for each in load_catalogue().values()} <= imported


def test_a_new_way_in_that_fails_closes_no_old_one_on_any_host():
    """Where one host's way in fails, the plays that follow are not begun: not on the other hosts either."""
    listed = plays("site.yml")
    roles = [{task.get("ansible.builtin.import_role", {}).get("name") for task in play["tasks"]} for play in listed]
    closes = next(at for at, play in enumerate(listed) if play["name"] == "Close every other way to Home Assistant")
    for way in ("reverse_proxy", "wireguard", "cloudflare_tunnel", "tailscale", "nabu_casa"):
        [opens] = [
            at for at, names in enumerate(roles) if f"hearthwall.home.{way}" in names and listed[at]["hosts"] != "haos"
        ]
        assert opens < closes
        assert listed[opens]["any_errors_fatal"] is True


@pytest.mark.parametrize(
    "name",
    [
        "Close every other way to Home Assistant",
        "Keep the networks apart",
        "Keep the networks apart on routers that run no modules",
    ],
)
def test_a_play_that_closes_ways_knows_of_the_hosts_that_carry_one(name):
    """Of a host that is no part of the play it could not tell that it was lost."""
    [play] = [each for each in plays("site.yml") if each["name"] == name]
    carriers = {"home_assistant", "edge", "wireguard", "cloudflare_tunnel", "tailscale", "haos"}
    assert carriers <= set(play["hosts"].split(":"))
    # All of them are in it, but only the hosts that it is about do something.
    assert all(task["when"] for task in play["tasks"])


@pytest.mark.parametrize(
    ("path", "closes"),
    [
        ("exposure/tasks/main.yml", "http.yml"),
        ("exposure/tasks/main.yml", "router.yml"),
        ("segmentation/tasks/main.yml", "networks.yml"),
        ("segmentation/tasks/openwrt.yml", "hearthwall.home.openwrt"),
        ("segmentation/tasks/routeros.yml", "hearthwall.home.routeros"),
    ],
)
def test_nothing_is_closed_before_it_was_asked_who_is_missing(path, closes):
    listed = yaml.safe_load((PLAYBOOKS.parent / "roles" / path).read_text(encoding="utf-8"))
    tasks = [{*task, task.get("ansible.builtin.import_tasks", "").rpartition("/")[2]} for task in listed]
    at = next(at for at, task in enumerate(tasks) if closes in task)
    assert any("hearthwall.home.home_complete" in task for task in tasks[:at])
