# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.visit import desired

FILE = {"path": "/etc/a", "content": "x"}
BASE = {"role": "web", "control": "HW-WEB-01", "files": [FILE]}


def wrong(**changes):
    with pytest.raises(desired.DesiredError) as caught:
        desired.normalise({**BASE, **changes})
    return caught.value.errors


def test_defaults_are_filled_in():
    found = desired.normalise(
        {
            **BASE,
            "packages": ["nginx"],
            "services": ["nginx"],
            "absent": ["/etc/b"],
            "guard": {},
            "directories": [{"path": "/d"}],
        }
    )
    assert found["packages"] == [{"name": "nginx", "control": "HW-WEB-01"}]
    assert found["services"][0]["name"] == "nginx.service"
    assert found["services"][0]["control"] == "HW-WEB-01"
    assert found["absent"] == [{"path": "/etc/b", "control": "HW-WEB-01"}]
    assert found["guard"] == {"timeout": 60}
    assert found["files"][0]["mode"] == "0644"
    assert found["directories"][0]["mode"] == "0755"
    assert found["runtime"] == []


def test_it_is_its_own_normal_form():
    once = desired.normalise({**BASE, "packages": ["nginx"], "finish": [{"argv": ["x"], "creates": "/y"}]})
    assert desired.normalise(once) == once


def test_a_secret_file_is_closed_by_default():
    assert desired.normalise({**BASE, "files": [{**FILE, "secret": True}]})["files"][0]["mode"] == "0600"


def test_all_mistakes_at_once_each_with_its_key():
    errors = wrong(
        files=[{"path": "etc/a", "content": "x"}, {"path": "/etc/b"}, {**FILE, "mode": 420}],
        services=[{"name": "x", "state": "running"}],
        speed=1,
    )
    text = "\n".join(errors)
    for key in ("files[0].path", "files[1]", "files[2].mode", "services[0].state", "speed"):
        assert any(error.startswith(f"{key}:") for error in errors), text


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"role": None}, "role"),
        ({"role": "Web Server"}, "role"),
        ({"control": "WEB"}, "control"),
        ({"files": {}}, "files"),
        ({"files": ["x"]}, "files[0]"),
        ({"files": [{**FILE, "template": "x.j2"}]}, "files[0]"),
        ({"files": [{**FILE, "mode": "999"}]}, "files[0].mode"),
        ({"files": [{**FILE, "secret": "yes"}]}, "files[0].secret"),
        ({"files": [{**FILE, "secret": True, "mode": "0644"}]}, "files[0].mode"),
        ({"files": [{**FILE, "path": "/etc/../a"}]}, "files[0].path"),
        ({"files": [{**FILE, "path": "/etc/a/"}]}, "files[0].path"),
        ({"files": [{**FILE, "path": "/"}]}, "files[0].path"),
        ({"files": [{**FILE, "owner": "a b"}]}, "files[0].owner"),
        ({"files": [FILE, FILE]}, "files"),
        ({"links": [{"path": "/etc/a", "target": "b"}]}, "links"),
        ({"files": [FILE, {"path": "/etc/a/b", "content": "x"}]}, "files"),
        ({"packages": ["Not A Package"]}, "packages[0].name"),
        ({"packages": ["nginx", "nginx"]}, "packages"),
        ({"services": ["nginx", "nginx.service"]}, "services"),
        ({"services": [{"name": "a/b"}]}, "services[0].name"),
        ({"services": [{"name": "a", "enabled": 1}]}, "services[0].enabled"),
        ({"commands": [{"argv": "reboot now"}]}, "commands[0].argv"),
        ({"commands": [{"argv": []}]}, "commands[0].argv"),
        ({"commands": [{"argv": ["x"], "on": "/etc"}]}, "commands[0].on"),
        ({"validate": [{"argv": ["x", "{stage}/a"]}]}, "validate[0].trees"),
        ({"validate": [{"argv": ["x"], "timeout": 0}]}, "validate[0].timeout"),
        ({"health": [{}]}, "health[0]"),
        ({"health": [{"tcp": "443"}]}, "health[0].tcp"),
        ({"health": [{"tcp": "127.0.0.1:443", "argv": ["x"]}]}, "health[0]"),
        ({"guard": True}, "guard"),
        ({"guard": {"timeout": 1}}, "guard.timeout"),
        ({"runtime": ["iptables"]}, "runtime[0]"),
        ({"controls": {"nonsense": {}}}, "controls"),
        ({"controls": {"HW-WEB-01": {"wanted": "x"}}}, "controls.HW-WEB-01.wanted"),
        ({"files": []}, "bundle"),
    ],
)
def test_each_mistake_names_its_key(changes, key):
    assert any(error.startswith(f"{key}:") for error in wrong(**changes)), wrong(**changes)


def test_paths_say_which_are_secret():
    found = desired.normalise(
        {
            **BASE,
            "files": [FILE, {"path": "/k", "content": "s", "secret": True}],
            "finish": [{"argv": ["x"], "creates": "/c"}],
        }
    )
    assert desired.paths(found) == (["/etc/a", "/k", "/c"], ["/k", "/c"])
