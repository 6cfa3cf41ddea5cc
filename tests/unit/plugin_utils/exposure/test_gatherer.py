# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways of a whole home, gathered from snapshots and verdicts as a run keeps them."""

from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.exposure.census import Gatherer
from ansible_collections.hearthwall.home.plugins.plugin_utils.exposure.home import Home
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import RUN, SNAPSHOT, VERDICTS, run_id

ON = {"active": "active", "enabled": "enabled"}
OPTIONS = {"ways_in": None, "http": {}, "wan_interfaces": ["wan"], "upnp": "off"}
CLOUD = {"account": {"logged_in": True}, "loaded": True, "prefs": {"remote_enabled": True}}


def passed(*controls):
    return {control: verdict(control, "pass") for control in controls}


def address(text, interface, prefix=24):
    return {"interface": interface, "address": text, "prefix": prefix, "scope": "global", "temporary": False}


def forward(port, to, to_port):
    about = {"proto": "tcp", "port": str(port), "to_address": to, "to_port": str(to_port), "interfaces": ["wan"]}
    return {**about, "not_interfaces": [], "source": "nftables", "running": True}


@pytest.fixture
def world():
    ha = {
        "services": {},
        "home_assistant": {"port": 9123, "install": "core"},
        "cloud": None,
        "ways_in": {"addresses": [address("10.0.40.10", "eth0"), address("2001:db8:40::10", "eth0", 64)]},
    }
    gateway = {
        "services": {},
        "listeners": [{"proto": "tcp", "address": "0.0.0.0", "port": 22, "process": "sshd", "unit": "ssh.service"}],
        "ways_in": {
            "addresses": [
                address("198.51.100.2", "wan"),
                address("10.0.40.1", "servers"),
                address("2001:db8:40::1", "servers", 64),
            ],
            "forwards": [forward(443, "10.0.40.10", 443), forward(2222, "10.0.40.20", 22)],
            "default_routes": ["wan"],
        },
    }
    made = {
        "ha": ({"home_assistant", "edge"}, ha, passed("HW-WAY-05", "HW-WAY-06")),
        "gateway": ({"router"}, gateway, passed("HW-WAY-07")),
    }
    ha["cloud"] = {**CLOUD, "account": {"logged_in": False}}
    return made


def gathered(world, agents=(), **variables):
    hostvars, groups = {}, {"all": list(world), "house": list(world)}
    for host, (names, snapshot, verdicts) in world.items():
        facts = {SNAPSHOT: snapshot, VERDICTS: verdicts, RUN: run_id()}
        place = {"ha": "10.0.40.10", "gateway": "10.0.10.1"}[host]
        hostvars[host] = {"hearthwall_home": "house", "ansible_host": place, "ansible_facts": facts, **variables}
        for name in names:
            groups.setdefault(name, []).append(host)
    own = hostvars["ha"]
    task_vars = {**own, "inventory_hostname": "ha", "hostvars": hostvars, "groups": groups}
    return Gatherer(Home(task_vars, OPTIONS), task_vars, agents)


def test_a_home_as_declared(world):
    found = gathered(world).census()
    assert found.undeclared == [] == found.blind
    assert any("tcp 443" in each for each in found.declared)


def test_each_part_can_fail_and_be_blind(world):
    world["gateway"][2]["HW-WAY-07"] = verdict("HW-WAY-07", "fail", "", "not declared: tcp 8123")
    world["ha"][2].pop("HW-WAY-05")
    found = gathered(world).census()
    assert "tcp 8123" in found.undeclared[0] and "was not judged" in found.blind[0]


def test_a_run_of_yesterday_says_nothing_today(world):
    home = gathered(world)
    home._own[RUN] = "yesterday"
    assert len(home.census().blind) == 2


def test_an_unread_router_is_a_blind_spot(world):
    del world["gateway"]
    found = gathered(world)
    assert found.census().blind == [] and "its forwards are not known" in found.census().beyond[0]
    assert found.targets(["203.0.113.5"]) == (["203.0.113.5"], [])


def test_a_run_without_the_router_says_so(world):
    world["gateway"] = (world["gateway"][0], {}, {})
    found = gathered(world).census()
    assert found.blind == [] and found.beyond == ["gateway was not looked at in this run"]


def test_agents_are_declared_by_group_or_by_name(world):
    world["ha"][1]["services"] = {"ngrok.service": ON, "hearthwall-cloudflared.service": ON}
    found = gathered(world).census()
    assert len(found.undeclared) == 2
    world["ha"][0].add("cloudflare_tunnel")
    world["ha"][2]["HW-CF-03"] = verdict("HW-CF-03", "unknown", "", "no api token")
    found = gathered(world, ["ngrok.service"]).census()
    assert found.undeclared == [] and "no api token" in found.blind[0]


def test_home_assistant_os_has_apps_that_call_out(world):
    world["ha"][0].add("haos")
    world["ha"][2].clear()
    app = {"slug": "9074a9fa_cloudflared", "name": "Cloudflared", "state": "started"}
    world["ha"][1].update(services=None, supervisor={"apps": [app, {"slug": "core_mosquitto", "state": "started"}]})
    found = gathered(world).census()
    assert found.undeclared == ["Cloudflared on ha (app 9074a9fa_cloudflared)"] and found.blind == []
    assert "not tried from outside" in found.beyond[0]
    assert gathered(world, apps_declared={"cloudflared": {}}).census().undeclared == []
    assert gathered(world, ["9074a9fa_cloudflared"]).census().undeclared == []
    world["ha"][1]["supervisor"] = None
    assert gathered(world).census().blind == ["the apps of ha were not seen"]


def test_a_spare_host_of_the_home_is_nobodys_to_look_at(world):
    found = gathered(world)
    found.home.members["new_card"] = set()
    assert found.census().beyond == []


def test_the_cloud_is_a_way_in(world):
    world["ha"][1]["cloud"] = CLOUD
    assert gathered(world).census().undeclared == ["remote access through Home Assistant Cloud"]
    assert gathered(world, nabu_casa_remote=True).census().undeclared == []
    world["ha"][1]["cloud"] = None
    assert "was not seen" in gathered(world).census().blind[0]


def test_what_is_tried_and_what_is_expected_there(world):
    home = gathered(world)
    addresses, blind = home.targets([])
    assert addresses == ["198.51.100.2", "2001:db8:40::10"] and blind == []
    assert {443, 9123, 8123, 2222} <= set(home.ports([]))
    declared, others = home.expected(addresses)
    assert ("198.51.100.2", 443) in declared and ("2001:db8:40::10", 443) in declared
    assert others == {("198.51.100.2", 22): "gateway itself, ssh.service", ("198.51.100.2", 2222): "to 10.0.40.20"}
    assert set(home.inside()) == {"10.0.40.0/24", "2001:db8:40::/64"}


def test_a_forward_to_home_assistant_hides_behind_no_service_of_the_router(world):
    listener = {"proto": "tcp", "address": "0.0.0.0", "port": 8443, "process": "nginx", "unit": "nginx.service"}
    world["gateway"][1]["listeners"].append(listener)
    world["gateway"][1]["ways_in"]["forwards"].append(forward(8443, "10.0.40.10", 9123))
    home = gathered(world)
    assert ("198.51.100.2", 8443) not in home.expected(["198.51.100.2"])[1]


def test_a_router_behind_another_one_is_no_target(world):
    world["gateway"][1]["ways_in"]["addresses"][0]["address"] = "192.168.178.20"
    addresses, blind = gathered(world).targets([])
    assert addresses == ["2001:db8:40::10"] and "no address of the internet" in blind[0]


def test_a_tunnel_that_ends_at_home_assistant_is_trusted_and_one_that_ends_at_the_proxy_is_not(world):
    world["ha"] = ({"home_assistant", "cloudflare_tunnel"}, *world["ha"][1:])
    assert gathered(world).home.proxies_of("ha") == ["127.0.0.1", "::1"]
    assert gathered(world, cloudflare_tunnel_target="proxy").home.proxies_of("ha") == []
    world["gateway"][0].add("cloudflare_tunnel")
    assert "10.0.10.1" in gathered(world).home.proxies_of("ha")
