# SPDX-License-Identifier: GPL-3.0-or-later
"""WireGuard on Home Assistant's own host behind a router of others: a laptop comes home, and through home elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "wireguard"), str(HERE / "home_assistant")]

from wireguard_stage import (  # noqa: E402
    DOOR,
    HA4,
    HA6,
    LAPTOP4,
    LAPTOP6,
    PORT,
    SITE,
    SITE4,
    SITE6,
    TUNNEL,
    WAN,
    Stage,
)

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
CONTROLS = [f"HW-WG-0{number}" for number in (1, 2, 4, 5)]
SERVER4, SERVER6 = (network.replace("0/24", "1").replace("/64", "1") for network in TUNNEL)
SPLIT = ", ".join([f"{SERVER4}/32", f"{SERVER6}/128", f"{HA4}/32", f"{HA6}/128"])
EVERYTHING = "0.0.0.0/0, ::/0"
# What every change to a host leaves behind, and what the packages bring.
NOT_ANNOUNCED = ("/var/lib/", "/etc/ld.so.cache")


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("wireguard"))
    try:
        stage.up()
        yield stage
    finally:
        stage.down()


@pytest.fixture(scope="module")
def peers(stage):
    """A host that made its own key, and a phone that was declared to send everything home."""
    return {"laptop": {"public_key": stage.make_key()}, "phone": {"tunnel": "full"}}


def laptops_own(stage, allowed=SPLIT):
    """Return what the laptop's owner writes: his key, the number on record, and the server's public key."""
    known = stage.register()
    number = known["peers"]["laptop"]["number"]
    own = ", ".join(f"{server[:-1]}{number}/{length}" for server, length in ((SERVER4, 32), (SERVER6, 128)))
    key = stage.on("laptop", "cat", "/etc/wireguard/key").stdout.strip()
    return (
        f"[Interface]\nPrivateKey = {key}\nAddress = {own}\n\n[Peer]\nPublicKey = {known['server']['public_key']}\n"
        f"Endpoint = {WAN}:{PORT}\nAllowedIPs = {allowed}\nPersistentKeepalive = 25\n"
    )


def test_a_dry_run_of_a_bare_host_is_exact(stage, peers):
    before = stage.tree()
    dry = stage.apply("--check", "--diff", wireguard_peers=peers).ok()
    assert stage.tree() == before
    assert not (stage.folder / "group_vars").exists(), "no key is made that nobody keeps"
    assert dry.status("HW-WG-01") == "fail"
    applied = stage.apply(wireguard_peers=peers).ok()
    assert applied.changed == dry.changed
    after = stage.tree()
    changed = {path for path in after if after[path] != before.get(path) and not path.startswith(NOT_ANNOUNCED)}
    assert [path for path in sorted(changed) if path not in dry.text] == []
    assert set(before) <= set(after)
    assert {applied.status(control) for control in CONTROLS} == {"pass"}
    assert applied.status("HW-WG-03") == "not_applicable", "nobody was ever removed"


def test_a_host_comes_home_through_a_split_tunnel(stage):
    assert stage.seen_from(HA4, DOOR, 2) == "", "inside addresses mean nothing outside"
    stage.connect(laptops_own(stage))
    assert stage.seen_from(HA4, DOOR) == f"{SERVER4[:-1]}2"
    assert stage.seen_from(HA6, DOOR) == f"{SERVER6[:-1]}2"
    assert stage.handshakes() == 1
    assert (stage.seen_from(SITE4, SITE), stage.seen_from(SITE6, SITE)) == (LAPTOP4, LAPTOP6), (
        "the rest goes its own way"
    )


def test_a_second_run_changes_nothing_and_disturbs_no_tunnel(stage, peers):
    before, since = stage.tree(), stage.started()
    assert stage.apply(wireguard_peers=peers).ok().changed == 0
    assert (stage.tree(), stage.started(), stage.handshakes()) == (before, since, 1)


def test_who_sends_more_than_was_declared_gets_no_further(stage):
    stage.connect(laptops_own(stage, EVERYTHING))
    assert stage.seen_from(HA4, DOOR) == f"{SERVER4[:-1]}2"
    assert stage.seen_from(SITE4, SITE, 2) == stage.seen_from(SITE6, SITE, 2) == ""


def test_a_full_tunnel_leads_home_and_through_home_to_the_internet(stage):
    config = stage.kept("phone")
    assert f"AllowedIPs = {EVERYTHING}\n" in config
    stage.connect(config)
    assert stage.seen_from(HA4, DOOR) == f"{SERVER4[:-1]}3"
    assert stage.handshakes() == 2
    assert stage.seen_from(SITE4, SITE) == HA4
    assert stage.seen_from(SITE6, SITE) == HA6


def test_a_device_that_is_taken_from_the_list_is_cut_off(stage, peers):
    stage.connect(laptops_own(stage))
    assert stage.seen_from(HA4, DOOR) == f"{SERVER4[:-1]}2"
    fewer = {"phone": peers["phone"]}
    assert stage.apply("--check", wireguard_peers=fewer).ok().status("HW-WG-03") == "fail"
    assert stage.apply(wireguard_peers=fewer).ok().status("HW-WG-03") == "pass"
    assert stage.seen_from(HA4, DOOR, 2) == ""
