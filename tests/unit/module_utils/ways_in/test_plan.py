# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import Ruleset
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import close, plan
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.declared import Way, from_wan, leads_to, refusals
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.forwards import forwards

HA = "10.0.40.10"
WAY = Way("front door", ("wan",), "ha", (HA,))


def entries(document):
    listed, _unknown = forwards(Ruleset(document))
    return [{**each, "source": "nftables", "running": True, "persistent": None, "main": None} for each in listed]


def look(forwards=(), **more):
    return {
        "forwards": list(forwards),
        "upnp": None,
        "forwarding": {"ip": True, "ip6": False},
        "addresses": [
            {"interface": "eth0", "address": "198.51.100.2", "prefix": 24, "scope": "global", "temporary": False},
            {"interface": "servers", "address": "10.0.40.1", "prefix": 24, "scope": "global", "temporary": False},
        ],
        "default_routes": ["eth0"],
        "neighbours": [],
        "relays": [],
        "hints": [],
        **more,
    }


def wish(**more):
    return plan.Wish(**{"ways": [WAY], "addresses": [HA], "ports": [8123], **more})


def statuses(found):
    return {each["id"]: each["status"] for each in found.verdicts}


def test_what_is_declared_stays_and_what_is_not_goes(listed):
    document = listed("forwards")
    found = plan.plan(wish(), look(entries(document)), document, {})
    assert [(each["port"], each["to_address"]) for each in found.declared] == [(443, HA)]
    gone = {str(each["port"]) for each in found.gone}
    assert {"8123", "80", "8443", "8124", "9000", "6003", "7000-7010", "6100", "any"} <= gone
    # Another host on another port, and a hairpin rule of another interface, are none of our business.
    assert not {"5000-5010", "6002", "6004", "22"} & gone
    assert statuses(found)["HW-WAY-01"] == "fail" and statuses(found)["HW-WAY-07"] == "fail"


def test_a_clean_router_passes():
    found = plan.plan(wish(), look(), {"nftables": []}, {})
    assert set(statuses(found).values()) == {"pass"} and not found.differs


def test_what_could_not_be_read_is_unknown():
    found = plan.plan(wish(), look(), {"nftables": []}, {"ways_in.forwards": "xtables target DNAT"})
    assert statuses(found)["HW-WAY-01"] == statuses(found)["HW-WAY-02"] == statuses(found)["HW-WAY-07"] == "unknown"


def test_without_an_interface_to_the_internet_nothing_is_claimed():
    found = plan.plan(wish(), look(default_routes=[]), {"nftables": []}, {})
    assert statuses(found)["HW-WAY-01"] == statuses(found)["HW-WAY-07"] == "unknown"
    assert "exposure_wan_interfaces" in found.sight.missing[0]


def test_without_home_assistants_port_the_list_is_unknown():
    assert statuses(plan.plan(wish(ports=[]), look(), {"nftables": []}, {}))["HW-WAY-07"] == "unknown"


def test_a_mapping_is_never_declared(listed):
    entry = dict(entries(listed("router-closed"))[0], port=443, to_port=443, to_address=HA, source="miniupnpd")
    entry["interfaces"] = ["eth0"]
    found = plan.plan(wish(), look([entry]), {"nftables": []}, {})
    assert found.gone == [entry] and statuses(found)["HW-WAY-02"] == "fail"


def test_a_script_that_brings_a_forward_back_fails_but_is_not_closed(listed):
    entry = dict(entries(listed("router-closed"))[0], port=8123, to_port=8123, to_address=HA, running=False)
    entry.update(interfaces=None, persistent="/etc/rc.local:3")
    found = plan.plan(wish(), look([entry]), {"nftables": []}, {})
    assert not found.differs and statuses(found)["HW-WAY-01"] == "fail"
    assert "/etc/rc.local:3" in found.verdicts[0]["actual"]


def test_a_line_that_only_names_the_host_is_unknown():
    hint = {"place": "/etc/cron.d/x:1", "addresses": [HA]}
    assert statuses(plan.plan(wish(), look(hints=[hint]), {"nftables": []}, {}))["HW-WAY-01"] == "unknown"


UPNP = {
    "running": True,
    "enabled": True,
    "active": True,
    "unit": "miniupnpd.service",
    "pid": 7,
    "config": "/etc/miniupnpd/miniupnpd.conf",
    "upnp": True,
    "natpmp": True,
    "secure_mode": False,
    "leases": [],
    "permissions": ["allow 1024-65535 0.0.0.0/0 1-65535"],
    "chains": {},
}


def test_the_daemon_is_off_or_held_back():
    found = plan.plan(wish(), look(upnp=UPNP), {"nftables": []}, {})
    assert found.upnp["policy"] == "off" and statuses(found)["HW-WAY-03"] == "fail"
    held = dict(UPNP, secure_mode=True, permissions=[f"deny 0-65535 {HA}/32 0-65535", "deny 0-65535 0.0.0.0/0 8123"])
    found = plan.plan(wish(upnp="secure"), look(upnp=held), {"nftables": []}, {})
    assert not found.upnp and statuses(found)["HW-WAY-03"] == "pass"
    found = plan.plan(wish(upnp="secure"), look(upnp=dict(held, secure_mode=False)), {"nftables": []}, {})
    assert found.upnp["policy"] == "secure" and statuses(found)["HW-WAY-03"] == "fail"


SIX = [
    {"interface": "wan", "address": "2001:db8:100::2", "prefix": 64, "scope": "global", "temporary": False},
    {"interface": "servers", "address": "2001:db8:40::1", "prefix": 64, "scope": "global", "temporary": False},
    {"interface": "servers", "address": "10.0.40.1", "prefix": 24, "scope": "global", "temporary": False},
]
OPEN = {"forwarding": {"ip": True, "ip6": True}, "addresses": SIX, "default_routes": ["wan"]}


def ipv6(document, **more):
    found = plan.plan(wish(**more), look(**OPEN), document, {})
    return next(each for each in found.verdicts if each["id"] == "HW-WAY-04")


def test_ipv6_is_open_where_nothing_filters_it():
    assert ipv6({"nftables": []}, addresses=[HA, "2001:db8:40::10"])["status"] == "fail"


def test_an_address_that_home_assistant_may_get_counts():
    found = ipv6({"nftables": []})
    assert found["status"] == "fail" and "5eed" in found["actual"]


def test_ipv6_is_unknown_where_the_rules_were_not_read():
    assert ipv6(None)["status"] == "unknown"


def test_ipv6_passes_behind_the_routers_own_table(listed):
    addresses = copy.deepcopy(SIX)
    for entry in addresses:
        entry["address"] = entry["address"].replace("2001:db8:40::", "2001:db8:f4::").replace("10.0.40", "10.99.40")
    given = look(**{**OPEN, "addresses": addresses})
    ha = ["10.99.40.10", "2001:db8:f4::10"]
    ways = [Way("https", ("wan",), "ha", tuple(ha)), Way("http", ("wan",), "ha", tuple(ha), port=80, to_port=80)]
    document = listed("router-closed")
    found = plan.plan(wish(addresses=ha, ways=ways), given, document, {})
    assert statuses(found)["HW-WAY-04"] == "pass"
    table = plan.router_table(wish(addresses=ha, ways=ways), given)
    assert plan.table_deviations(document, table) == []
    assert plan.remembered(document) == (["10.99.40.10", "2001:db8:f4::10"], [8123])
    # Mutation: without any one of its deciding rules the table is not what it should be.
    deciding = [
        item
        for item in document["nftables"]
        if item.get("rule", {}).get("table") == "hearthwall_router" and "masquerade" not in str(item)
    ]
    for item in deciding:
        mutant = {"nftables": [each for each in document["nftables"] if each is not item]}
        text = str(item["rule"]["expr"])
        if "direction" in text or "related" in text or "oifname" in text or "iifname" in text or "10}}" in text:
            continue
        noticed = plan.table_deviations(mutant, table)
        noticed = (
            noticed or statuses(plan.plan(wish(addresses=ha, ways=ways), given, mutant, {}))["HW-WAY-04"] != "pass"
        )
        assert noticed or item["rule"].get("comment") == plan.PORT_RULE, item


@pytest.mark.parametrize("port", [80, 8443])
def test_a_rule_that_serves_several_ports_is_narrowed(listed, port):
    document = listed("forwards")
    gone = [each for each in entries(document) if each["handle"] == 7 and each["port"] == port]
    commands, left = close.cuts(document, gone)
    assert left == [] and len(commands) == 1
    match = commands[0]["replace"]["rule"]["expr"][1]["match"]
    assert match["right"] == {"set": [8443 if port == 80 else 80]}


def test_a_rule_that_is_not_declared_at_all_is_deleted(listed):
    document = listed("forwards")
    commands, left = close.cuts(document, [each for each in entries(document) if each["handle"] == 7])
    assert left == []
    assert commands == [{"delete": {"rule": {"family": "ip", "table": "nat", "chain": "prerouting", "handle": 7}}}]


def test_an_element_of_a_named_map_is_deleted(listed):
    document = listed("forwards")
    gone = [each for each in entries(document) if each["port"] == 9000]
    element = {"family": "ip", "table": "nat", "name": "fw", "elem": [9000]}
    commands, _left = close.cuts(document, gone)
    assert [each["delete"]["element"]["name"] for each in commands] == [element["name"]]


def test_a_map_in_place_is_narrowed(listed):
    document = listed("forwards")
    commands, left = close.cuts(document, [each for each in entries(document) if each["port"] == 6003])
    assert left == []
    assert len(commands[0]["replace"]["rule"]["expr"][0]["dnat"]["addr"]["map"]["data"]["set"]) == 1


def test_the_internets_interfaces_are_matched_by_pattern():
    assert from_wan({"interfaces": ["ppp*"], "not_interfaces": []}, ["ppp0"])
    assert from_wan({"interfaces": ["ppp+"], "not_interfaces": []}, ["ppp0"])
    assert from_wan({"interfaces": None, "not_interfaces": ["docker0"]}, ["wan"])
    assert not from_wan({"interfaces": ["lan"], "not_interfaces": []}, ["wan"])
    assert not from_wan({"interfaces": None, "not_interfaces": ["wan"]}, ["wan"])


def test_home_assistants_port_counts_on_any_host_unless_everybody_uses_it():
    assert leads_to({"to_address": "10.0.40.99", "to_port": 8123}, [HA], [8123])
    assert not leads_to({"to_address": "10.0.40.99", "to_port": 80}, [HA], [80])
    assert leads_to({"to_address": HA, "to_port": 22}, [HA], [8123])
    assert not leads_to({"to_address": "10.0.40.99", "to_port": "8000-9000"}, [HA], [8123])


def test_ways_that_lead_nowhere_are_refused():
    wrong = refusals(
        [{"name": "x", "to": "hal", "port": 1}, {"name": "y", "to": "ha", "port": 1, "from": "lan"}], ["ha"]
    )
    assert len(wrong) == 2 and "'hal' is no host" in wrong[0] and "exposure_ways_in[1].from" in wrong[1]
