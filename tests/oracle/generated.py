# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies made up by a seed: every kind of zone, host, flow and service, in any combination that the loader takes."""

from __future__ import annotations

import random

PORTS = ("tcp/22", "tcp/80-90", "udp/53", "tcp/443", "udp/5000-6000", "tcp/1-65535", "udp/65535", "tcp/85-8883")
NAMED = ("ssh", "https", "dns", "ntp", "mqtts", "wireguard", "ping")


def policy(seed):
    """Return a description; flows that say nothing new are left out by ``sensible``."""
    dice = random.Random(seed)
    zones = {}
    if dice.random() < 0.85:
        zones["wan"] = {"interface": dice.choice(["wan", ["wan", "lte"]]), "kind": "wan"}
        if dice.random() < 0.3:
            zones["wan"]["masquerade"] = False
    for number in range(1, dice.randint(3, 5)):
        zone = {"interface": f"lan{number}", "intra": dice.choice(["allow", "isolate"])}
        if dice.random() < 0.2:
            zone["interface"] = [f"lan{number}", f"lan{number}b"]
        if dice.random() < 0.9:
            zone["cidr4"] = f"10.0.{number}.0/{dice.choice([24, 25, 28])}"
        if dice.random() < 0.7 or "cidr4" not in zone:
            zone["cidr6"] = [f"2001:db8:{number}::/64", f"fd00:{number}::/48"][: dice.randint(1, 2)]
        if "wan" in zones and dice.random() < 0.4:
            zone["internet"] = "allow"
        if dice.random() < 0.2:
            zone["kind"] = dice.choice(["vpn", "tailnet"])
        zones[f"z{number}"] = zone
    inside = [name for name in zones if name != "wan"]
    hosts = {}
    for number in range(dice.randint(0, 4)):
        zone = dice.choice(inside)
        last = zone[1:]
        host = {"zone": zone}
        if "cidr4" in zones[zone]:
            host["ip4"] = f"10.0.{last}.{5 + number}"
        if "cidr6" in zones[zone] and (dice.random() < 0.6 or "ip4" not in host):
            host["ip6"] = f"2001:db8:{last}::{5 + number}"
        hosts[f"h{number}"] = host
    if "wan" in zones and dice.random() < 0.2:
        hosts["far"] = {"zone": "wan", "ip4": "198.51.100.7", "ip6": "2001:db8:ffff::7"}
    return {
        "zones": zones,
        "hosts": hosts,
        "services": {"own": dice.sample(PORTS, 2)},
        "flows": [_flow(dice, zones, hosts) for _each in range(dice.randint(0, 7))],
        "router": {
            "manage": {"from": dice.sample(inside, 1), "services": dice.sample(["ssh", "https", "ping"], 2)},
            **{key: dice.sample(inside, dice.randint(0, len(inside))) for key in ("dhcp", "dns", "ntp")},
        },
        "reflect": [{"service": dice.choice(["mdns", "ssdp"]), "between": dice.sample(inside, 2)}]
        if dice.random() < 0.4
        else [],
        "forwards": _forwards(dice, zones, hosts),
    }


def _flow(dice, zones, hosts):
    inside = [name for name in zones if name != "wan"]
    more = ["internet", "wan"] if "wan" in zones else []
    ends = [*inside, *hosts]
    flow = {
        "from": dice.sample(ends, min(len(ends), dice.randint(1, 2))) if dice.random() < 0.9 or not more else more[:1],
        "to": dice.sample([*ends, *more, "router"], dice.randint(1, 2)),
        "services": dice.choice([["any"], ["own"], dice.sample(NAMED, 2), dice.sample(PORTS, 2), [dice.choice(PORTS)]]),
        "why": "because",
    }
    if dice.random() < 0.2:
        flow["until"] = dice.choice(["2020-01-01", "2099-12-31"])
    return flow


def never(seed, document):
    """Return something that must never be, for a policy that may well allow it."""
    dice = random.Random(f"never {seed}")
    more = ["internet", "wan"] if "wan" in document["zones"] else []
    ends = [*(name for name in document["zones"] if name != "wan"), *document["hosts"], *more]
    return {
        "from": dice.choice(ends),
        "to": dice.choice([*ends, "router"]),
        "services": [dice.choice(["any", "any", "own", "ssh", "dns", "ping", "tcp/8000"])],
    }


def _forwards(dice, zones, hosts):
    inside = [name for name, host in hosts.items() if "ip4" in host and host["zone"] != "wan"]
    if "wan" not in zones or not inside:
        return []
    offered = [
        {"port": "tcp/443", "why": "x"},
        {"port": "tcp/2222", "to_port": 22, "why": "x"},
        {"port": "udp/4000-4003", "to_port": 5000, "why": "x"},
        {"port": "udp/7000-7010", "why": "x"},
    ]
    return [{**each, "to": dice.choice(inside)} for each in offered if dice.random() < 0.3]


def sensible(document, read):
    """Drop what the loader refuses (flows that say nothing, ports taken twice) until it takes the rest."""
    while True:
        loaded, problems = read(document)
        if loaded:
            return loaded
        for each in problems:
            part, _dot, number = each["variable"].partition(".")[2].partition("[")
            if part not in ("flows", "forwards"):
                raise AssertionError(problems)
            document[part][int(number.partition("]")[0])] = None
        for part in ("flows", "forwards"):
            document[part] = [each for each in document[part] if each]
