# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions for routers that run no modules, as a playbook calls them: check, apply, check, and a change that fails.

OpenWrt: the real scripts under busybox in a folder, stand-ins for uci, fw4 and nft. RouterOS: a device in memory.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "tests/unit/module_utils/policy"
sys.path[:0] = [str(ROOT / ".collections"), str(UNIT)]

from openwrt_router import REPLACES  # noqa: E402
from openwrt_sandbox import Sandbox  # noqa: E402
from routeros_device import Device, Server  # noqa: E402
from routers_home import HOME, PORTS, TRUNKS  # noqa: E402
from test_routeros_plan import SOLD  # noqa: E402


def play(folder, module, arguments, *options, environment=None):
    """Run one task; return (what ansible-playbook ended with, the task's result)."""
    tasks = [{"name": "Segment", f"hearthwall.home.{module}": arguments}]
    book = folder / "play.yml"
    book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    given = {**os.environ, **(environment or {}), "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.json"}
    (folder / "ansible.cfg").touch()
    given.update(ANSIBLE_CONFIG=str(folder / "ansible.cfg"), ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".collections"))
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        "-i",
        "router,",
        "-c",
        "local",
        *options,
        str(book),
    ]
    done = subprocess.run(command, capture_output=True, text=True, env=given, cwd=folder, timeout=120, check=False)
    try:
        result = json.loads(done.stdout[done.stdout.index("{") :])
    except ValueError:
        raise AssertionError(done.stdout + done.stderr) from None
    return done.returncode, result["plays"][0]["tasks"][0]["hosts"]["router"]


def statuses(result):
    return {each["id"]: each["status"] for each in result["hearthwall_verdicts"]}


def picture(result):
    """Return what the report's matrix says of the proof."""
    network = result["hearthwall_network"]
    assert network["matrix"]["cells"]["iot"]
    return network["proof"]["result"]


@pytest.fixture
def openwrt(tmp_path):
    sandbox = Sandbox(tmp_path / "router")
    arguments = {
        "policy": HOME,
        "ports": PORTS,
        "trunks": list(TRUNKS),
        "replaces": list(REPLACES),
        "confirm_within": 20,
    }

    def run(*options, **changes):
        return play(tmp_path, "openwrt", {**arguments, **changes}, *options, environment=sandbox.environment)

    yield sandbox, run
    sandbox.power_cut()


def test_openwrt_is_checked_applied_checked_and_then_left_alone(openwrt):
    sandbox, run = openwrt
    before = sandbox.flash()
    code, found = run("--check", "--diff")
    assert (code, found["changed"], sandbox.flash()) == (0, True, before), found
    assert statuses(found)["HW-SEG-01"] == "fail"
    assert any("iot: what is not allowed" in line for line in found["changes"])
    code, applied = run()
    assert (code, applied["changed"]) == (0, True), applied
    assert {**statuses(applied), "HW-SEG-05": "pass"} == dict.fromkeys(statuses(applied), "pass")
    assert statuses(applied)["HW-SEG-05"] == "unknown"
    assert picture(found) == "different"
    assert picture(applied) == "equal"
    assert not sandbox.armed()
    after = sandbox.flash()
    code, again = run()
    assert (code, again["changed"], sandbox.flash()) == (0, False, after)


def test_openwrt_is_not_touched_where_others_are_in_the_way(openwrt):
    sandbox, run = openwrt
    before = sandbox.flash()
    code, refused = run(replaces=[])
    assert code
    assert "firewall.@zone[1]: its zone has the name of the policy's zone wan" in refused["msg"]
    code, refused = run(replaces=[place for place in REPLACES if "rule" not in place])
    assert code
    assert "What fw4 would load is not the policy" in refused["msg"]
    assert sandbox.flash() == before


def test_openwrt_takes_back_what_does_not_become_the_policy(openwrt):
    sandbox, run = openwrt
    before = sandbox.flash()
    # Somebody's hook opens the firewall again after each reload.
    drop = "type filter hook forward priority filter; policy drop;"
    hook = f"sed -i 's/{drop}/&\\n\\t\\taccept/' \"$HEARTHWALL_ROOT/loaded\"\n"
    with (sandbox.root / "etc/init.d/firewall").open("a") as script:
        script.write(hook)
    code, failed = run(confirm_within=12)
    assert code
    assert "not the policy" in failed["msg"]
    assert "old state" in failed["msg"]
    sandbox.wait(lambda: not sandbox.armed())
    assert sandbox.flash() == before


def test_routeros_is_checked_applied_checked_and_then_left_alone(tmp_path):
    device = Device(**copy.deepcopy(SOLD))
    with Server(device) as server:
        arguments = {"policy": HOME, "ports": PORTS, "trunks": list(TRUNKS)}
        arguments.update({"host": "127.0.0.1", "port": server.port, "tls": False})
        arguments.update({"username": "hearthwall", "password": "test"})
        before = copy.deepcopy(device.menus)
        code, found = play(tmp_path, "routeros", arguments, "--check")
        assert (code, found["changed"]) == (0, True), found.get("msg")
        assert device.menus == before
        assert statuses(found)["HW-SEG-01"] == "fail"
        code, applied = play(tmp_path, "routeros", arguments)
        assert (code, applied["changed"]) == (0, True), applied.get("msg")
        assert statuses(applied)["HW-SEG-01"] == "pass"
        assert picture(applied) == "equal"
        assert device.holder is None
        code, again = play(tmp_path, "routeros", arguments)
        assert (code, again["changed"]) == (0, False), again.get("msg")
        assert "test" not in json.dumps(again.get("invocation", {}).get("password", ""))
