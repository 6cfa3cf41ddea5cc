# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on an OpenWrt router, under busybox' shell: nothing stays of a change that nobody confirms."""

from __future__ import annotations

import shutil

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import includes
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.compile import compiled
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.plan import plan
from ansible_collections.hearthwall.home.plugins.plugin_utils.openwrt.router import RouterError, State
from openwrt_router import REPLACES
from openwrt_sandbox import Sandbox
from routers_home import policy

pytestmark = pytest.mark.skipif(not shutil.which("busybox"), reason="busybox is not installed: make prerequisites")


@pytest.fixture
def sandbox(tmp_path):
    found = Sandbox(tmp_path)
    yield found
    found.power_cut()


@pytest.fixture(scope="module")
def change(tmp_path_factory):
    """What leads from the router as it is sold to the policy: (batch, included files, the digest of what it has)."""
    home, switch = policy("br-lan")
    state = Sandbox(tmp_path_factory.mktemp("sold")).router.look()
    return (
        plan(compiled(home, switch, state.sections), state.sections, REPLACES).batch,
        includes.files(home),
        state.digest,
    )


def test_a_try_leaves_nothing(sandbox, change):
    batch, files, digest = change
    before = sandbox.flash()
    text, said, included = sandbox.router.attempt(batch, files, digest)
    assert 'comment "!fw4: iot to ha: mqtts (ipv4)"' in text
    assert not said.strip()
    assert not included.strip()
    assert sandbox.flash() == before
    assert sandbox.router.look().pending == ""


def test_what_is_confirmed_stays_also_after_a_restart(sandbox, change):
    batch, files, digest = change
    sandbox.router.apply("first", 30, digest, batch, files)
    sandbox.wait(lambda: "iot to ha" in sandbox.loaded())
    sandbox.router.confirm("first")
    assert sandbox.router.look().files == files
    after = sandbox.flash()
    assert not list((sandbox.root / "etc/rc.d").iterdir())
    sandbox.power_cut()
    sandbox.start()
    assert sandbox.flash() == after
    assert "iot to ha" in sandbox.loaded()


def test_what_nobody_confirms_is_put_back_in_time(sandbox, change):
    batch, files, digest = change
    flash, loaded = sandbox.flash(), sandbox.loaded()
    sandbox.router.apply("first", 1, digest, batch, files)
    sandbox.wait(lambda: not sandbox.armed())
    sandbox.wait(lambda: sandbox.loaded() == loaded)
    assert sandbox.flash() == flash
    assert sandbox.router.look().guard == "restored first timeout"
    with pytest.raises(RouterError, match="restored first timeout"):
        sandbox.router.confirm("first")


def test_a_router_that_restarts_meanwhile_has_the_old_state_before_its_network_starts(sandbox, change):
    batch, files, digest = change
    flash, loaded = sandbox.flash(), sandbox.loaded()
    sandbox.router.apply("first", 30, digest, batch, files)
    assert sandbox.flash() != flash
    sandbox.power_cut()
    sandbox.start()
    assert (sandbox.flash(), sandbox.loaded()) == (flash, loaded)
    assert sandbox.router.look().guard == "restored first reboot"


def test_power_that_fails_while_it_is_put_back_only_delays_it(sandbox, change):
    batch, files, digest = change
    flash = sandbox.flash()
    sandbox.router.apply("first", 30, digest, batch, files)
    sandbox.power_cut()
    # It got as far as one of the three files.
    shutil.copy(sandbox.root / "etc/hearthwall/before/network", sandbox.root / "etc/config/network")
    sandbox.start()
    assert sandbox.flash() == flash
    assert not sandbox.armed()


def test_a_commit_that_fails_is_put_back_at_once(sandbox, change):
    batch, files, digest = change
    flash = sandbox.flash()
    (sandbox.root / "tmp/fail-commit").touch()
    with pytest.raises(RouterError, match="uci commit network"):
        sandbox.router.apply("first", 30, digest, batch, files)
    assert sandbox.flash() == flash
    assert not sandbox.armed()


def test_a_batch_with_an_error_changes_nothing(sandbox, change):
    _batch, files, digest = change
    flash = sandbox.flash()
    with pytest.raises(RouterError, match="Parse error"):
        sandbox.router.apply("first", 30, digest, ["set firewall.hearthwall_a=rule", "frobnicate"], files)
    assert sandbox.flash() == flash
    assert sandbox.router.look().pending == ""


def test_what_has_changed_since_it_was_looked_at_is_not_overwritten(sandbox, change):
    batch, files, digest = change
    sandbox.run("echo \"set network.wan.proto='static'\" | uci batch\nuci commit network")
    flash = sandbox.flash()
    with pytest.raises(RouterError, match="has changed since"):
        sandbox.router.apply("first", 30, digest, batch, files)
    assert sandbox.flash() == flash


def test_what_somebody_else_has_not_committed_is_not_swept_along(sandbox, change):
    batch, files, digest = change
    sandbox.run("echo \"set network.wan.proto='static'\" | uci batch")
    with pytest.raises(RouterError, match="somebody else has changes waiting"):
        sandbox.router.apply("first", 30, digest, batch, files)


def test_one_change_at_a_time(sandbox, change):
    batch, files, digest = change
    sandbox.router.apply("first", 30, digest, batch, files)
    state = sandbox.router.look()
    with pytest.raises(RouterError, match="waits to be confirmed: first"):
        sandbox.router.apply("second", 30, state.digest, ["set firewall.x=rule"], files)
    assert sandbox.router.restore("the proof failed") == "restored first the proof failed"
    assert not sandbox.armed()


def test_wireless_networks_are_told_without_their_keys():
    radios = "wireless.a.network='hearthwall_iot guest'\nwireless.a.isolate='1'\nwireless.b.network='lan'\n"
    radios += "wireless.c.network='lan'\nwireless.c.disabled='1'\n"
    assert State({"radios": radios}).wireless == [(["hearthwall_iot", "guest"], True), (["lan"], False)]
