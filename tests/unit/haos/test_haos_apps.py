# SPDX-License-Identifier: GPL-3.0-or-later
"""The controls of apps and of the Supervisor, each failing and passing; and the requests that declared apps need."""

from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import Credentials
from ansible_collections.hearthwall.home.plugins.module_utils.haos import apps, apps_plan, standing
from ansible_collections.hearthwall.home.plugins.module_utils.haos.look import look
from supervisor import app, issue

REPOSITORIES = ("core", "a0d7b954")


@pytest.fixture
def judged(device):
    def judge(wanted=None):
        taken = look(device.url, Credentials(token=device.token), {})
        spoken = apps.verdicts(
            wanted or apps.Wanted(repositories=REPOSITORIES), taken["supervisor"], taken["unknown"], ()
        )
        spoken += standing.verdicts(taken["supervisor"], taken["unknown"])
        return {each["id"]: each for each in spoken}

    return judge


RISKY = {
    "HW-APP-01": {"protected": False},
    "HW-APP-02": {"docker_api": True},
    "HW-APP-03": {"rating": 1},
    "HW-APP-04": {"detached": True},
    "HW-APP-06": {"network": {"22/tcp": 22}},
}


@pytest.mark.parametrize("control", RISKY)
def test_each_control_of_apps_fails_and_passes(device, judged, control):
    assert {each["status"] for each in judged().values()} == {"pass"}
    device.supervisor.state["apps"]["local_ssh"] = app("local_ssh", "My SSH", **RISKY[control])
    found = judged()
    assert {name for name, each in found.items() if each["status"] == "fail"} == {control}
    assert "local_ssh" in found[control]["actual"]


@pytest.mark.parametrize(
    ("right", "about"),
    [
        ("full_access", {"full_access": True}), ("host_network", {"host_network": True}),
        ("host_pid", {"host_pid": True}),
        ("host_dbus", {"host_dbus": True}), ("apparmor_off", {"apparmor": "disable"}),
        ("supervisor_admin", {"hassio_role": "admin"}), ("SYS_ADMIN", {"privileged": ["SYS_ADMIN"]}),
    ],
)  # fmt: skip
def test_each_right_is_found_until_it_is_accepted(device, judged, right, about):
    device.supervisor.state["apps"]["local_x"] = app("local_x", "X", **about)
    assert right in judged()["HW-APP-02"]["actual"]
    accepted = apps.Wanted(accepted={"local_x": [right]}, repositories=REPOSITORIES)
    assert judged(accepted)["HW-APP-02"]["status"] == "pass"


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"repository": "12345678"}, "not accepted"),
        ({"stage": "deprecated"}, "deprecated"),
        ({"available": False}, "gets no updates"),
    ],
)
def test_apps_from_elsewhere_are_found(device, judged, about, words):
    device.supervisor.state["apps"]["local_x"] = app("local_x", "X", **about)
    assert words in judged()["HW-APP-04"]["actual"]


def _unhealthy(state):
    state["resolution"]["unhealthy"].append("docker")


def _full(state):
    state["resolution"]["issues"].append(issue("free_space"))


def _leaked(state):
    state["resolution"]["issues"].append(issue("pwned", "addon", "core_mosquitto"))


def _not_looked_up(state):
    state["security"]["pwned"] = False


def _beta(state):
    state["supervisor"]["channel"] = "beta"


@pytest.mark.parametrize(
    ("control", "spoil"),
    [
        ("HW-SUP-01", _unhealthy), ("HW-SUP-02", _full), ("HW-SUP-03", _leaked), ("HW-SUP-03", _not_looked_up),
        ("HW-SUP-04", _beta),
    ],
)  # fmt: skip
def test_each_control_of_the_supervisor_fails_and_passes(device, judged, control, spoil):
    assert judged()[control]["status"] == "pass"
    spoil(device.supervisor.state)
    assert {name for name, each in judged().items() if each["status"] == "fail"} == {control}


def test_what_the_supervisor_does_not_tell_is_unknown(device, judged):
    device.supervisor.failing = {
        "/addons": (500, "500 Internal Server Error"),
        "/resolution/info": (403, "403: Forbidden"),
    }
    found = judged()
    assert {found[control]["status"] for control in apps.CONTROLS} == {"unknown"}
    assert {found[control]["status"] for control in ("HW-SUP-01", "HW-SUP-02", "HW-SUP-03")} == {"unknown"}
    assert "ha supervisor repair" in found["HW-APP-01"]["actual"]


def test_one_app_that_cannot_be_read_hides_nothing_that_was_found(device, judged):
    device.supervisor.state["apps"]["local_x"] = app("local_x", "X", protected=False)
    device.supervisor.failing = {"/addons/core_mosquitto/info": (500, "500 Internal Server Error")}
    found = judged()
    assert (found["HW-APP-01"]["status"], found["HW-APP-02"]["status"]) == ("fail", "unknown")


# The requests.


def whys(declared, present, options=()):
    return [(each["endpoint"], each["data"]) for each in apps_plan.for_app("s", declared, present, options)]


def test_a_missing_app_is_installed_set_and_started():
    assert whys({"state": "started", "watchdog": True, "auto_update": True}, None, ["authkey"]) == [
        ("/store/addons/s/install", None),
        ("/addons/s/options", {"auto_update": True, "watchdog": True}),
        ("/addons/s/options", None),
        ("/addons/s/start", None),
    ]


def test_nothing_is_asked_where_all_is_as_declared():
    present = app("s", "S", watchdog=True, boot="auto")
    assert whys({"state": "started", "watchdog": True, "boot": "auto", "protected": True}, present) == []
    assert whys({"installed": False}, None) == []


def test_only_what_differs_is_asked_and_a_running_app_is_restarted_with_it():
    present = app("s", "S", watchdog=False)
    assert whys({"watchdog": True}, present) == [("/addons/s/options", {"watchdog": True})]
    assert whys({}, present, ["authkey"])[-1] == ("/addons/s/restart", None)


def test_an_app_is_removed_and_stopped_as_declared():
    assert whys({"installed": False}, app("s", "S")) == [("/addons/s/uninstall", None)]
    assert whys({"state": "stopped"}, app("s", "S")) == [("/addons/s/stop", None)]


def test_short_names_are_those_of_the_official_apps():
    assert apps_plan.slug_of("tailscale") == "a0d7b954_tailscale"
    assert apps_plan.slug_of("core_mosquitto") == "core_mosquitto"


def test_no_value_of_an_option_is_in_a_reason():
    requests = apps_plan.for_app("s", {"options": {"authkey": "tskey-secret"}}, app("s", "S"), ["authkey"])
    assert "tskey-secret" not in str(requests)
