# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates by the Supervisor: the order, the backup before, health after, and the way back."""

from __future__ import annotations

import datetime

import pytest
import supervisor
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import Credentials
from ansible_collections.hearthwall.home.plugins.module_utils.haos import update
from ansible_collections.hearthwall.home.plugins.module_utils.haos.look import look
from ansible_collections.hearthwall.home.plugins.module_utils.haos.update import SupervisedUpdate, UpdateFailed
from ansible_collections.hearthwall.home.plugins.module_utils.updates.rules import Rules
from supervisor import issue

OLD, NEW = "2026.11.1", "2026.12.2"
RULES = Rules({"min_age_days": 0}, datetime.date(2026, 11, 23))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(update, "PAUSE", 0.02)


@pytest.fixture
def stale(device):
    """A device on which everything waits for an update, and that makes sealed backups."""
    state = device.supervisor.state
    state["core"].update(version_latest=NEW, update_available=True)
    state["os"].update(version_latest="18.2", update_available=True)
    state["apps"]["core_mosquitto"].update(version_latest="1.1.0", update_available=True)
    device.home_assistant.backup["create_backup"].update(password="kept", agent_ids=["hassio.local"])
    return device


def pending(device):
    taken = look(device.url, Credentials(token=device.token), {})
    return taken["updates"]


def run(device, password="kept", **more):
    steps, _waiting = update.steps(pending(device)["pending"], RULES)
    order = {
        "steps": steps,
        "password": password,
        "start_timeout": 3,
        "settle": 0,
        "least_entities": 0.9,
        "may_vanish": (),
    }
    return SupervisedUpdate(device.url, Credentials(token=device.token), {**order, **more}).run()


def test_the_system_comes_last_and_apps_after_core(stale):
    found = run(stale)
    assert [each.split(" ")[0] for each in found["done"]] == ["homeassistant", "Mosquitto", "haos"]
    asked = [path for path, _data in stale.supervisor.posted]
    assert asked == ["/core/update", "/store/addons/core_mosquitto/update", "/os/update"]
    assert (found["before"]["version"], found["after"]["version"]) == (OLD, NEW)
    assert pending(stale)["pending"] == []


def test_a_backup_is_made_and_opened_before_anything(stale):
    found = run(stale)
    assert found["backup"] == stale.home_assistant.backups[-1]["backup_id"]


@pytest.mark.parametrize("password", ["another", None])
def test_without_a_backup_that_opens_nothing_is_updated(stale, password):
    with pytest.raises(UpdateFailed, match="Nothing was updated"):
        run(stale, password=password)
    assert stale.supervisor.posted == []


def test_a_release_that_breaks_something_is_taken_back(stale):
    stale.home_assistant.losing = {NEW: "light"}
    with pytest.raises(UpdateFailed, match=f"no longer loaded: light.*{OLD} runs again"):
        run(stale)
    assert stale.home_assistant.version == stale.supervisor.state["core"]["version"] == OLD
    assert stale.supervisor.state["apps"]["core_mosquitto"]["version"] == "1.0.0", "no app was touched"


def test_what_may_vanish_does_not_bring_it_back(stale):
    stale.home_assistant.losing = {NEW: "light"}
    assert run(stale, may_vanish=("light",))["after"]["version"] == NEW


def test_a_release_that_the_supervisor_rolled_back_is_told(stale):
    stale.supervisor.unfit = {NEW}
    with pytest.raises(Exception, match="rolled back"):
        run(stale)
    assert stale.home_assistant.version == OLD


def test_an_app_that_does_not_start_again_is_told(stale, monkeypatch):
    def breaks(device, _data, slug):
        device.state["apps"][slug].update(version="1.1.0", state="error")
        return {}

    monkeypatch.setattr("supervisor._ROUTES", ((r"post /store/addons/([^/]+)/update", breaks), *supervisor._ROUTES))
    with pytest.raises(UpdateFailed, match="1.1.0 and error"):
        run(stale)


def test_what_is_held_waits(stale):
    rules = Rules({"min_age_days": 0, "hold": ["os", "app/*"]}, datetime.date(2026, 11, 23))
    steps, waiting = update.steps(pending(stale)["pending"], rules)
    assert [step["kind"] for step in steps] == ["core"] and len(waiting) == 2


def test_everything_pending_is_in_one_list(stale):
    kinds = {update["kind"]: (update["installed"], update["latest"]) for update in pending(stale)["pending"]}
    assert kinds == {"core": (OLD, NEW), "os": ("18.1", "18.2"), "app": ("1.0.0", "1.1.0")}


def test_an_update_that_the_supervisor_rolled_back_is_an_unfinished_one(device):
    assert pending(device)["unfinished"] == []
    device.supervisor.state["resolution"]["issues"].append(issue("update_rollback", "core"))
    assert pending(device)["unfinished"][0]["phase"] == "update_rollback"
