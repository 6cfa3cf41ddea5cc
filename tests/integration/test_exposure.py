# SPDX-License-Identifier: GPL-3.0-or-later
"""A router and a host in front of an attacker: every way in that is not declared is found, closed, and stays closed.

Real packets, real nftables and miniupnpd, real SSH; in order, as an owner would live through it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "exposure"))

from exposure_stage import HA4, HA6, PORT, RULES, WAN4, Stage

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

MAPPED = 18125
FRIEND = 2222
DOORS = [(WAN4, 443), (WAN4, 80), (HA6, 443)]
HOLES = [(WAN4, PORT), (WAN4, 8443), (WAN4, MAPPED), (HA6, PORT), (HA6, 8443)]
STATE = """
for path in /etc /var/lib/miniupnpd /var/lib/hearthwall /run/systemd/system /root; do
  find $path -xdev -type f -not -path '*/.ansible/*' -printf '%p %m %U %T@ ' -exec sha256sum {} + 2>/dev/null
done | sort
nft -s list ruleset
systemctl list-units --all --plain --no-legend --type=service | awk '{print $1, $3}' | grep -v -e session -e user | sort
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("exposure"))
    try:
        stage.up()
        assert stage.map_by_nat_pmp("ha", MAPPED, PORT) == 0
        yield stage
    finally:
        stage.down()


def state(stage):
    return {host: stage.sh(host, STATE).stdout for host in ("router", "ha")}


def open_ways(stage, ways):
    return [way for way in ways if stage.reaches("attacker", *way)]


def knocks(stage, host, address, port):
    """Return whether a TCP connection is accepted."""
    return stage.sh(host, f"timeout 3 bash -c '</dev/tcp/{address}/{port}'", check=False).returncode == 0


def statuses(result):
    return {
        control: spoken["status"] for verdicts in result.verdicts().values() for control, spoken in verdicts.items()
    }


def told(result):
    """Return what did not pass, for the failure's message."""
    listed = [spoken for verdicts in result.verdicts().values() for spoken in verdicts.values()]
    return "\n".join(f"{each['id']} {each['status']}: {each['actual']}" for each in listed if each["status"] != "pass")


def test_at_first_everything_is_open(stage):
    assert open_ways(stage, DOORS + HOLES) == DOORS + HOLES
    assert stage.reaches("nas", HA4, PORT)


def test_a_dry_run_finds_all_of_it_and_changes_nothing(stage):
    before = state(stage)
    result = stage.apply("--check", "--diff")
    assert result.changed() > 0
    assert set(statuses(result).values()) == {"fail"}
    said = result.verdicts()["router"]["HW-WAY-01"]["actual"]
    assert "/etc/nftables.conf:17" in said and "8443" in said and "2222" not in said
    assert str(MAPPED) in result.verdicts()["router"]["HW-WAY-02"]["actual"]
    # The diff is that of the real edit.
    assert "{ 80, 443 } dnat" in result.out
    assert state(stage) == before


def test_a_firewall_that_would_lock_the_controller_out_is_refused(stage):
    before = state(stage)
    result = stage.apply(variables={"exposure_management": ["10.99.99.0/24"]}, check=False)
    assert result.rc != 0
    assert "would lock the controller out" in result.text and "exposure_management: [10.99.10.10/32]" in result.text
    assert state(stage)["ha"] == before["ha"]


def test_undeclared_forwards_are_closed(stage):
    result = stage.apply()
    assert set(statuses(result).values()) == {"pass"}, told(result)
    assert open_ways(stage, HOLES) == []
    assert open_ways(stage, DOORS) == DOORS


def test_mappings_are_closed(stage):
    assert not stage.reaches("attacker", WAN4, MAPPED)
    assert stage.map_by_nat_pmp("ha", MAPPED, PORT) != 0
    assert stage.on("router", "systemctl", "is-enabled", "miniupnpd.service", check=False).stdout.strip() == "disabled"
    assert stage.on("router", "cat", "/var/lib/miniupnpd/upnp.leases").stdout == ""


def test_ipv6_is_closed(stage):
    # Another address of the same host, which the rules have never seen.
    stage.on("ha", "ip", "-6", "addr", "add", "2001:db8:f4::beef/64", "dev", "eth0", "nodad")
    assert not stage.reaches("attacker", "2001:db8:f4::beef", PORT)
    stage.on("ha", "ip", "-6", "addr", "del", "2001:db8:f4::beef/64", "dev", "eth0")


def test_host_firewall_restricts_the_port(stage):
    assert not stage.reaches("nas", HA4, PORT)
    assert not stage.reaches("laptop", HA4, PORT)
    assert stage.reaches("ha", "127.0.0.1", PORT)
    assert stage.reaches("laptop", HA4, 443)
    assert knocks(stage, "laptop", HA4, 22) and not knocks(stage, "nas", HA4, 22)


def test_what_is_none_of_our_business_stays(stage):
    assert knocks(stage, "attacker", WAN4, FRIEND)
    listed = stage.on("router", "nft", "list", "ruleset").stdout
    # Debian's stop script of miniupnpd would have deleted this table.
    assert "a rule of the owner's" in listed and "masquerade" in listed
    text = stage.on("router", "cat", "/etc/nftables.conf").stdout
    wanted = [line for line in RULES.splitlines() if "from everywhere" not in line]
    assert text.splitlines() == [line.replace("{ 80, 443, 8443 }", "{ 80, 443 }") for line in wanted]


def test_the_second_time_nothing_changes(stage):
    before = state(stage)
    result = stage.apply()
    assert result.changed() == 0
    assert stage.apply("--check").changed() == 0
    assert state(stage) == before


def test_every_way_in_is_listed_and_tried_from_outside(stage):
    spoken = stage.apply("--check").verdicts()["ha"]
    listed, tried = spoken["HW-WAY-08"], spoken["HW-WAY-09"]
    assert listed["status"] == tried["status"] == "pass", (listed, tried)
    assert "tcp 443" in listed["actual"] and f"tcp 443 of {WAN4}" in tried["actual"] and HA6 in tried["actual"]
    # The friend's forward leads to the NAS, and the router answers SSH itself: neither is a way to Home Assistant.
    assert str(FRIEND) in tried["evidence"] and "ssh.service" in tried["evidence"]

    # A program that calls out, which no forward and no listener shows.
    stage.on("ha", "systemd-run", "--unit", "ngrok", "sleep", "600")
    found = stage.apply("--check").verdicts()["ha"]["HW-WAY-08"]
    assert found["status"] == "fail" and "ngrok on ha (ngrok.service)" in found["actual"]
    allowed = stage.apply("--check", variables={"exposure_agents": ["ngrok.service"]}).verdicts()["ha"]["HW-WAY-08"]
    assert allowed["status"] == "pass" and "ngrok" in allowed["actual"]
    stage.on("ha", "systemctl", "stop", "ngrok")

    # Nobody outside, one who is not outside, and one who cannot be reached: no pass, and why.
    for vantage, words in (("", "no exposure_vantage"), ("router", "is inside the home"), ("nowhere", "could not try")):
        told = stage.apply("--check", variables={"exposure_vantage": vantage}).verdicts()["ha"]
        assert told["HW-WAY-09"]["status"] == "unknown" and words in told["HW-WAY-09"]["actual"]
        assert told["HW-WAY-08"]["status"] == "pass"


@pytest.mark.parametrize("host", ["router", "ha"])
def test_one_host_alone_stays_as_it_is(stage, host):
    result = stage.apply("--limit", host)
    assert result.changed() == 0
    found = statuses(result)
    # Without the router nobody can say that no side was left out.
    assert found.pop("HW-WAY-09", "unknown") == "unknown"
    assert set(found.values()) == {"pass"}, told(result)


def test_closed_ways_stay_closed_after_a_boot(stage):
    for host in ("router", "ha"):
        stage.restart(host)
    assert open_ways(stage, HOLES) == []
    assert open_ways(stage, DOORS) == DOORS
    assert stage.apply("--check").changed() == 0


def test_other_tools_cannot_flush_the_table_away(stage):
    for verb in ("reload", "restart"):
        stage.on("router", "systemctl", verb, "nftables.service")
        assert not stage.reaches("attacker", HA6, PORT), verb
    stage.sh("ha", "systemctl start nftables.service && systemctl restart nftables.service")
    assert not stage.reaches("nas", HA4, PORT)
    stage.sh("ha", "systemctl stop nftables.service; systemctl start nftables.service")
    assert not stage.reaches("nas", HA4, PORT)
    stage.apply()


def test_a_hole_opened_by_hand_is_found_and_closed_again(stage):
    hole = 'iifname "wan" tcp dport 9001 dnat ip to 10.99.40.10:8123'
    stage.sh("router", f"nft insert rule inet filter prerouting '{hole}'")
    stage.sh("router", f"sed -i '/a friend/a {hole}' /etc/nftables.conf")
    stage.sh("router", "nft insert rule inet hearthwall_router forward accept")
    stage.sh("ha", "nft insert rule inet hearthwall declared tcp dport 8123 accept")
    assert stage.reaches("attacker", WAN4, 9001)
    assert stage.reaches("nas", HA4, PORT)
    found = stage.apply("--check")
    assert found.changed() > 0
    failing = {control for control, status in statuses(found).items() if status == "fail"}
    assert {"HW-WAY-01", "HW-WAY-04", "HW-WAY-05", "HW-WAY-07"} <= failing
    assert stage.reaches("attacker", WAN4, 9001)
    result = stage.apply()
    assert set(statuses(result).values()) == {"pass"}, told(result)
    assert not stage.reaches("attacker", WAN4, 9001)
    assert not stage.reaches("nas", HA4, PORT)
    assert "9001" not in stage.on("router", "cat", "/etc/nftables.conf").stdout
    assert stage.apply().changed() == 0


def test_the_routers_table_holds_by_itself(stage):
    # Between two runs somebody forwards the port again: nothing passes, whatever forwards it.
    stage.sh(
        "router", "nft insert rule inet filter prerouting 'iifname wan tcp dport 9002 dnat ip to 10.99.40.10:8123'"
    )
    assert not stage.reaches("attacker", WAN4, 9002)
    assert stage.apply().changed() == 1


def test_a_forward_of_a_script_is_told_but_not_edited(stage):
    line = "iptables -t nat -A PREROUTING -i wan -p tcp --dport 9003 -j DNAT --to-destination 10.99.40.10:8123"
    stage.write("router", "/etc/rc.local", f"#!/bin/sh\n{line}\n")
    result = stage.apply()
    assert result.changed() == 0
    spoken = result.verdicts()["router"]["HW-WAY-01"]
    assert spoken["status"] == "fail" and "/etc/rc.local:2) at the next boot" in spoken["actual"]
    assert line in stage.on("router", "cat", "/etc/rc.local").stdout
    stage.on("router", "rm", "/etc/rc.local")


def test_a_published_container_port_is_restricted_too(stage):
    stage.publish_container("ha", 8888, PORT)
    try:
        stage.answers("ha", "172.17.0.2", PORT)
        assert not stage.reaches("nas", HA4, 8888)
        # The proof that it is our table that holds it: without it the naive firewall lets it pass.
        stage.sh("ha", "nft delete table inet hearthwall")
        assert stage.reaches("nas", HA4, 8888)
        found = stage.apply("--check")
        assert found.verdicts()["ha"]["HW-WAY-05"]["status"] == "fail"
        stage.apply()
        assert not stage.reaches("nas", HA4, 8888)
        way = {"name": "panel on the wall", "from": ["10.99.40.0/24"], "to": "ha", "port": 8888}
        ways = [{"name": "front door", "to": "ha", "port": 443}, {"name": "acme", "to": "ha", "port": 80}]
        stage.apply(variables={"exposure_ways_in": [*ways, way]})
        assert stage.reaches("nas", HA4, 8888)
        assert not stage.reaches("laptop", HA4, 8888)
    finally:
        stage.remove_container("ha")
        stage.apply()


def test_undeclared_listeners_are_found(stage):
    stage.on("ha", "systemd-run", "--unit", "forgotten", "python3", "-m", "http.server", "--bind", "0.0.0.0", "5555")
    stage.answers("ha", "127.0.0.1", 5555)
    found = stage.apply("--check").verdicts()["ha"]["HW-WAY-06"]
    assert found["status"] == "pass" and "kept from the network" in found["actual"] and "5555" in found["actual"]
    stage.sh("ha", "nft delete table inet hearthwall")
    found = stage.apply("--check").verdicts()["ha"]["HW-WAY-06"]
    assert found["status"] == "fail" and "tcp 5555 (forgotten.service)" in found["actual"]
    assert "tcp 443" not in found["actual"]
    stage.on("ha", "systemctl", "stop", "forgotten.service")
    stage.apply()


def test_a_firewall_that_cuts_ssh_is_undone_by_the_host(stage):
    # A part of somebody else's that our own loader brings into force: no plan could have seen it.
    cut = "table inet cut {\n chain in {\n type filter hook input priority -500; tcp dport 22 drop\n }\n}\n"
    stage.write("ha", "/etc/hearthwall/firewall.d/zz-cut.nft", cut)
    before = stage.on("ha", "cat", "/etc/hearthwall/firewall.d/host.nft").stdout
    service = {"name": "mqtt", "port": 1883, "from": ["10.99.40.0/24"]}
    hasty = {"exposure_host_services": [service], "exposure_confirm_within": 12}
    result = stage.apply(variables=hasty, check=False)
    assert result.rc != 0
    assert "put" in result.text and "old state" in result.text, result.text[-3000:]
    deadline = time.monotonic() + 120
    while not knocks(stage, "laptop", HA4, 22) and time.monotonic() < deadline:
        time.sleep(1)
    assert knocks(stage, "laptop", HA4, 22)
    assert stage.on("ha", "cat", "/etc/hearthwall/firewall.d/host.nft").stdout == before
    assert not stage.reaches("nas", HA4, PORT)
    stage.on("ha", "rm", "/etc/hearthwall/firewall.d/zz-cut.nft")
    assert stage.apply().changed() == 0


def test_upnp_may_stay_for_everybody_but_home_assistant(stage):
    stage.on("router", "systemctl", "enable", "--now", "-q", "miniupnpd.service")
    assert stage.apply("--check").verdicts()["router"]["HW-WAY-03"]["status"] == "fail"
    secure = {"exposure_upnp": "secure"}
    result = stage.apply(variables=secure)
    assert set(statuses(result).values()) == {"pass"}, told(result)
    assert stage.apply(variables=secure).changed() == 0
    assert stage.map_by_nat_pmp("ha", MAPPED, PORT) != 0
    assert stage.map_by_nat_pmp("nas", 19000, 9000) == 0
    assert stage.map_by_nat_pmp("nas", 19001, PORT) != 0
    assert "a rule of the owner's" in stage.on("router", "nft", "list", "ruleset").stdout
    assert stage.apply(variables=secure).changed() == 0


def test_a_rule_that_somebody_typed_is_closed_and_no_boot_brings_it_back(stage):
    stage.apply()
    stage.sh(
        "router", "nft insert rule inet filter prerouting 'iifname wan tcp dport 9004 dnat ip to 10.99.40.10:8123'"
    )
    result = stage.apply()
    spoken = result.verdicts()["router"]["HW-WAY-01"]
    assert spoken["status"] == "pass" and spoken["changed"], spoken
    assert statuses(stage.apply())["HW-WAY-01"] == "pass"


def test_a_file_that_nft_refuses_is_left_alone(stage):
    stage.sh(
        "router", "nft insert rule inet filter prerouting 'iifname wan tcp dport 9005 dnat ip to 10.99.40.10:8123'"
    )
    stage.sh("router", "printf 'add rule inet nowhere nothing dnat ip to 10.99.40.10\\n' >> /etc/nftables.conf")
    text = stage.on("router", "cat", "/etc/nftables.conf").stdout
    result = stage.apply()
    assert stage.on("router", "cat", "/etc/nftables.conf").stdout == text
    assert result.verdicts()["router"]["HW-WAY-01"]["status"] == "unknown"
    assert "could not be tried out" in result.verdicts()["router"]["HW-WAY-01"]["actual"]
    assert "9005" not in stage.on("router", "nft", "list", "ruleset").stdout
