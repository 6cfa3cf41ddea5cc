# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.host import place
from ansible_collections.hearthwall.home.plugins.module_utils.visit import desired, plan


def wish(**arguments):
    found = desired.normalise({"role": "web", "control": "HW-WEB-01", **arguments})
    for item in found["files"]:
        item["data"] = item["content"].encode()
    return found


def file(content, **changes):
    state = {"type": "file", "mode": "0644", "owner": "root", "group": "root", "uid": 0, "gid": 0, "target": None}
    return {**state, "sha256": place.fingerprint(content.encode()), **changes}


def snapshot(paths=None, services=None, packages=None):
    return {
        "paths": paths or {},
        "services": {} if services is None else services,
        "packages": packages or {},
        "unknown": {},
    }


def why(differences):
    return {item["name"]: item["why"] for item in differences}


FILES = {"files": [{"path": "/etc/a", "content": "x"}]}
SERVICE = {"services": [{"name": "n", "enabled": True, "state": "started"}]}
RUNS = {"active": "active", "enabled": "enabled", "since": None}


def test_nothing_differs():
    found = plan.plan(
        wish(**FILES, **SERVICE, packages=["nginx"], absent=["/etc/b"], links=[{"path": "/l", "target": "t"}]),
        snapshot(
            {"/etc/a": file("x"), "/etc/b": dict(place.ABSENT), "/l": {**place.ABSENT, "type": "link", "target": "t"}},
            {"n.service": RUNS},
            {"nginx": "1"},
        ),
    )
    assert found == []


def test_a_bare_host_differs_in_everything():
    found = plan.plan(
        wish(
            **FILES,
            **SERVICE,
            packages=["nginx"],
            directories=[{"path": "/d"}],
            links=[{"path": "/l", "target": "t"}],
            prepare=[{"argv": ["x"], "creates": "/p"}],
            finish=[{"argv": ["x"], "creates": "/f"}],
        ),
        snapshot({path: dict(place.ABSENT) for path in ("/etc/a", "/d", "/l", "/p", "/f")}),
    )
    assert [item["kind"] for item in found] == ["package", "directory", "command", "file", "link", "service", "command"]


def test_each_property_is_named():
    found = plan.plan(wish(**FILES), snapshot({"/etc/a": file("y", mode="0777", owner="bob", group="users")}))
    assert why(found)["/etc/a"] == [
        "content differs",
        "mode is 0777 instead of 0644",
        "owner is bob instead of root",
        "group is users instead of root",
    ]


def test_numbers_are_owners_too():
    desired_state = wish(files=[{"path": "/etc/a", "content": "x", "owner": 1000, "group": "1000"}])
    assert plan.plan(desired_state, snapshot({"/etc/a": file("x", owner="bob", group="bob", uid=1000, gid=1000)})) == []
    assert plan.plan(desired_state, snapshot({"/etc/a": file("x")}))


def test_secret_content_is_compared_by_its_salted_fingerprint():
    salt = "00" * 16
    secret = file("x", mode="0600", sha256=None, salt=salt, digest=place.fingerprint(b"x", salt))
    desired_state = wish(files=[{"path": "/etc/a", "content": "x", "secret": True}])
    assert plan.plan(desired_state, snapshot({"/etc/a": secret})) == []
    found = plan.plan(desired_state, snapshot({"/etc/a": {**secret, "digest": "0"}}))
    assert why(found)["/etc/a"] == ["content differs"]
    assert "digest" not in str(found) and "salt" not in str(found)


def test_units():
    off = wish(services=[{"name": "n", "enabled": False, "state": "stopped"}])
    assert plan.plan(off, snapshot()) == []
    assert why(plan.plan(off, snapshot(services={"n.service": RUNS})))["n.service"] == [
        "is enabled instead of disabled",
        "is active instead of stopped",
    ]
    for enabled in ("static", "alias", "indirect"):
        assert plan.plan(wish(**SERVICE), snapshot(services={"n.service": {**RUNS, "enabled": enabled}})) == []
    masked = {"active": "failed", "enabled": "masked", "since": None}
    assert why(plan.plan(wish(**SERVICE), snapshot(services={"n.service": masked})))["n.service"] == [
        "is masked instead of enabled",
        "is failed instead of started",
    ]


def test_what_is_not_covered_costs_a_look():
    desired_state = wish(**FILES, services=["a", "b@1", "c.target"])
    assert plan.uncovered(desired_state, snapshot()) == (["/etc/a"], ["b@1.service", "c.target"])


def test_what_could_not_be_seen_is_unknown_and_no_difference():
    blind = {
        "paths": {},
        "services": None,
        "packages": None,
        "unknown": {"packages": "no dpkg", "paths./etc/a": "denied"},
    }
    desired_state = wish(**FILES, **SERVICE, packages=["nginx"])
    assert plan.plan(desired_state, blind) == []
    assert plan.unknown(desired_state, blind) == {
        "HW-WEB-01": [
            "package nginx: no dpkg",
            "/etc/a: denied",
            "n.service: the service manager could not be asked",
        ]
    }


def test_triggers():
    service = wish(services=[{"name": "n", "reload_on": ["/etc/n"], "restart_on": ["packages", "/etc/n/hard"]}])[
        "services"
    ][0]
    assert plan.again(service, ["/etc/n/a"], []) == "reload"
    assert plan.again(service, ["/etc/n/hard"], []) == "restart"
    assert plan.again(service, [], ["n"]) == "restart"
    assert plan.again(service, ["/etc/nn"], []) is None
    assert plan.runs({"on": []}, [], [])
    assert not plan.runs({"on": ["/x"]}, ["/y"], ["n"])
