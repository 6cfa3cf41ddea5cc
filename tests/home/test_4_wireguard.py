# SPDX-License-Identifier: GPL-3.0-or-later
"""The way home through WireGuard: real tunnels from the internet, a lost phone, borrowed addresses, a broken way in."""

from __future__ import annotations

import json
import time

import pytest
import yaml
from device import Device
from lab import NAME, ROOT, WAN

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

HA4, HA6 = "10.0.40.10", "2001:db8:40::10"
SERVER4 = "10.0.50.1"
FILES = ROOT / "inventory/lab/group_vars/lab"
PEERS = {"olivia-phone": {}}
BOTH = {**PEERS, "felix-phone": {}}
# What a phone has no business with: the router, its admin page, Home Assistant's SSH and own port, the other hosts.
ELSEWHERE = [
    (SERVER4, 22),
    (SERVER4, 80),
    ("10.0.10.1", 80),
    (HA4, 22),
    (HA4, 8123),
    ("10.0.40.20", 22),
    ("10.0.10.10", 80),
]
BROKEN_PORT, KEY_LENGTH = 51999, 44
# Somebody else has the port, for two minutes.
OCCUPY = f"""
import socket, time
taken = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
taken.bind(("::", {BROKEN_PORT}))
time.sleep(120)
"""
# Every command line on the router, until told to stop.
WATCH = """
rm -f /root/stop
while [ ! -e /root/stop ] && [ "$(cat /root/commands 2>/dev/null | wc -c)" -lt 100000000 ]; do
  cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >> /root/commands
  sleep 0.02
done
"""
READABLE = "find / -xdev -type f -perm -o=r -print0 | xargs -0 grep -lF -f /root/patterns"


@pytest.fixture(scope="module")
def phone(lab):
    phone = Device(lab, "phone")
    phone.install()
    yield phone
    phone.disconnect()


@pytest.fixture(scope="module")
def other(lab):
    other = Device(lab, "attacker")
    other.install()
    yield other
    other.disconnect()


def apply(lab, peers=None, *arguments, tags="wireguard", **variables):
    given = json.dumps({"wireguard_peers": peers or PEERS, **variables})
    return lab.playbook("site.yml", "--tags", tags, "-e", given, *arguments)


def kept(lab, name):
    """Return what the vault keeps for a phone."""
    text = lab.run("molecule/lab/laptop", "ansible-vault", "view", FILES / "hearthwall_vault.yml").ok().out
    return yaml.safe_load(text)["wireguard_keys"].get(name)


def register():
    return yaml.safe_load((FILES / "hearthwall_wireguard.yml").read_text(encoding="utf-8"))["wireguard_register"]


def since(lab):
    """Return when the server was started."""
    unit = "hearthwall-wireguard.service"
    return lab.on("router", "systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", unit).ok().out


def transferred(lab):
    """Return how many bytes the server has had from its peers since it was started."""
    return sum(int(line.split()[1]) for line in lab.on("router", "wg", "show", "vpn", "transfer").ok().out.splitlines())


def dropped(lab, comment):
    """Return how many packets a rule has dropped."""
    listed = json.loads(lab.on("router", "nft", "-j", "list", "table", "inet", "hearthwall_wireguard").ok().out)
    rules = [entry["rule"] for entry in listed["nftables"] if "rule" in entry]
    told = [rule for rule in rules if rule.get("comment") == comment]
    assert told, f"no rule says {comment}"
    return sum(part["counter"]["packets"] for rule in told for part in rule["expr"] if "counter" in part)


def test_the_phone_comes_home_through_the_tunnel_and_through_nothing_else(lab, phone):
    assert not phone.knocks(HA4, 443), "inside addresses mean nothing outside"
    phone.connect(kept(lab, "olivia-phone")["config"])
    assert phone.run(f"getent ahostsv4 {NAME}").out.split()[0] == HA4, "the name leads into the tunnel"
    assert phone.page(NAME, HA4) == phone.page(NAME, HA6) == "200"
    assert [way for way in ELSEWHERE if phone.knocks(*way)] == []
    phone.disconnect()
    assert phone.page(NAME, HA4) == "000"
    assert [port for port in (53, 8123, 8443, 18123) if phone.knocks(WAN, port)] == []


def test_a_second_run_changes_nothing_and_disturbs_no_tunnel(lab, phone):
    phone.connect(kept(lab, "olivia-phone")["config"])
    assert phone.pings(SERVER4)
    before, received = since(lab), transferred(lab)
    assert apply(lab).ok().changed() == 0
    known = register()
    assert phone.pings(SERVER4)
    # Home Assistant's host is not looked at in this one; what is known of it stays.
    assert apply(lab, PEERS, "--limit", "gateway").ok().changed() == 0
    assert register() == known
    assert since(lab) == before
    assert transferred(lab) > received, "a new interface would count from nothing"


def test_adding_a_peer_drops_no_packet_of_the_others(lab, phone, other):
    before = since(lab)
    phone.start_pinging(SERVER4)
    added = apply(lab, BOTH).ok()
    answers = phone.stop_pinging()
    assert added.changed() > 0
    assert max(answers) > 200
    assert sorted(answers) == list(range(1, max(answers) + 1)), "no number is missing"
    assert since(lab) == before
    other.connect(kept(lab, "felix-phone")["config"])
    assert other.page(NAME, HA4) == "200"


def test_nobody_borrows_an_address(lab, other):
    victim = kept(lab, "olivia-phone")["config"].split("Address = ")[1].split("/")[0]
    other.run(f"ip address add {victim}/32 dev home").ok()
    assert other.pings(SERVER4)
    assert not other.pings(SERVER4, "-I", victim), "WireGuard ties every address to a key"
    assert other.page(NAME, HA4, "--interface", victim) == "000"
    # From the LAN, where nobody asks for a key, the rules are what stops it.
    elsewhere = "an address of the tunnel, from elsewhere"
    before, bulb = dropped(lab, elsewhere), Device(lab, "bulb")
    bulb.run(f"ip address add {victim}/32 dev lo").ok()
    try:
        assert bulb.page(NAME, HA4, "--interface", victim) == "000"
    finally:
        bulb.run(f"ip address delete {victim}/32 dev lo")
    assert dropped(lab, elsewhere) > before


def test_a_revoked_phone_is_cut_off(lab, phone, other):
    number = register()["peers"]["felix-phone"]["number"]
    other.start_pinging(SERVER4)
    assert apply(lab).ok().changed() > 0
    ended = time.time()
    time.sleep(5)
    answers = other.stop_pinging()
    assert answers, "it was let in until then"
    assert max(answers.values()) <= ended
    assert other.page(NAME, HA4) == "000"
    assert phone.page(NAME, HA4) == "200"
    assert kept(lab, "felix-phone") is None
    assert lab.statuses()["HW-WG-03", "gateway"] == "pass"
    lost = next(entry for entry in register()["retired"] if entry["number"] == number)
    refused = apply(lab, {**PEERS, "felix-phone": {"public_key": lost["public_key"]}})
    assert refused.rc != 0
    assert "revoked" in refused.text


def test_drift_is_found_and_mended(lab):
    stranger = lab.on("router", "sh", "-c", "wg genkey | wg pubkey").ok().out.strip()
    lab.on("router", "wg", "set", "vpn", "peer", stranger, "allowed-ips", "10.0.50.99/32").ok()
    lab.on("router", "nft", "delete", "table", "inet", "hearthwall_wireguard").ok()
    lab.playbook("check.yml", "--tags", "wireguard")
    found = lab.statuses()
    assert found["HW-WG-01", "gateway"] == found["HW-WG-04", "gateway"] == "fail"
    assert apply(lab).ok().changed() > 0
    found = lab.statuses()
    assert found["HW-WG-01", "gateway"] == found["HW-WG-04", "gateway"] == "pass"


def test_a_new_way_in_that_breaks_closes_no_old_one(lab, phone):
    """In one run the front door is to be shut and the tunnel moved to another port, which is taken."""
    lab.on("router", "systemd-run", "--collect", "--unit=taken", "python3", "-c", OCCUPY).ok()
    try:
        assert phone.pings(SERVER4)
        broken = apply(lab, tags="wireguard,exposure", wireguard_port=BROKEN_PORT, exposure_ways_in=[])
    finally:
        lab.on("router", "systemctl", "stop", "taken")
    assert broken.rc != 0
    assert phone.pings_within(SERVER4, 60), "the tunnel is as it was"
    assert phone.page(NAME, HA4) == "200"
    phone.disconnect()
    assert phone.page(NAME, WAN) == "200", "the front door is open"


def test_no_secret_is_told(lab):
    """Search for every secret by its value: output at its loudest, reports, command lines, what anybody can read."""
    own = lab.on("router", "cat", "/etc/hearthwall/wireguard/private.key").ok().out.strip()
    lab.on("router", "systemd-run", "--collect", "--unit=watch", "sh", "-c", WATCH).ok()
    loud = apply(lab, BOTH, "-vvvv", "--diff").ok()
    lab.on("router", "touch", "/root/stop").ok()
    # Whoever comes after somebody has another address.
    assert register()["peers"]["felix-phone"]["number"] > max(entry["number"] for entry in register()["retired"])
    entries = [kept(lab, name) for name in BOTH]
    secrets = [own, *(entry[part] for entry in entries for part in ("private_key", "preshared_key"))]
    lab.on("router", "sh", "-c", "umask 077; cat > /root/patterns", stdin="\n".join(secrets) + "\n").ok()
    readable = lab.on("router", "sh", "-c", READABLE).out
    commands = lab.on("router", "cat", "/root/commands").ok().out
    lab.on("router", "rm", "-f", "/root/patterns", "/root/commands", "/root/stop").ok()
    reports = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "reports/lab").glob("latest.*"))
    kept_here = "".join(path.read_text(encoding="utf-8") for path in FILES.glob("*.yml"))
    assert "python3" in commands
    for secret in secrets:
        assert len(secret) == KEY_LENGTH
        for place in (loud.text, commands, reports, kept_here):
            assert secret not in place
    assert readable == ""
    apply(lab).ok()
