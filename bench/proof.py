# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the proof: policies of 5, 20 and 50 zones with 100, 1,000 and 5,000 flows, and one of home size.

The rules are those that the compiler makes, as a real kernel lists them. Growth is the exponent of the flows: 1 is
linear; n log n is about 1.15 over this range.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / ".collections"), str(ROOT / "tests/unit/module_utils/policy")]

ZONES, FLOWS = (5, 20, 50), (100, 1000, 5000)
HOME = (10, 200)


def policy(zones, flows):
    """Return a description: hosts in every zone, and flows between any of them."""
    dice = random.Random(zones * flows)
    described = {"wan": {"interface": "wan", "kind": "wan"}}
    for number in range(1, zones):
        described[f"zone{number}"] = {
            "interface": f"lan{number}",
            "cidr4": f"10.{number}.0.0/16",
            "cidr6": f"2001:db8:{number}::/64",
            "internet": "allow" if number % 2 else "deny",
        }
    inside = [name for name in described if name != "wan"]
    hosts = {}
    for number in range(max(10, flows // 4)):
        zone = 1 + number % (zones - 1)
        last = 10 + number // (zones - 1)
        hosts[f"host{number}"] = {
            "zone": f"zone{zone}",
            "ip4": f"10.{zone}.{last // 250}.{2 + last % 250}",
            "ip6": f"2001:db8:{zone}::{last + 2:x}",
        }
    listed = []
    while len(listed) < flows:
        source, destination = dice.choice([*inside, *hosts]), dice.choice(list(hosts))
        port = dice.randint(1, 65000)
        if hosts.get(source, {"zone": source})["zone"] != hosts[destination]["zone"]:
            listed.append({"from": source, "to": destination, "services": [f"tcp/{port}"], "why": "measured"})
    return {"zones": described, "hosts": hosts, "flows": listed, "router": {"manage": {"from": [inside[0]]}}}


def measured(zones, flows):
    """Return the CPU seconds that one proof takes, the best of a few."""
    from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.nftables import compiled
    from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
    from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.prove import EQUAL, prove
    from kernel import ruleset_of

    loaded = load(policy(zones, flows))
    ruleset = ruleset_of(compiled(loaded))
    best = math.inf
    for _round in range(3):
        started = time.process_time()
        if prove(loaded, ruleset).result != EQUAL:
            sys.exit("the compiled rules are not the policy: the time means nothing")
        best = min(best, time.process_time() - started)
        if best > 2:
            break
    return best


def main():
    """Measure, print, and return the seconds by zones and flows."""
    seconds = {}
    print("proof of compiled rules, CPU seconds (aim: under 1 at home size, growth at most n log n in flows)")
    print(f"{'zones':>6} " + " ".join(f"{flows:>7} flows" for flows in FLOWS) + "   growth")
    for zones in ZONES:
        row = [measured(zones, flows) for flows in FLOWS]
        growth = math.log(row[-1] / row[0]) / math.log(FLOWS[-1] / FLOWS[0])
        print(f"{zones:>6} " + " ".join(f"{each:>13.2f}" for each in row) + f"   n^{growth:.2f}", flush=True)
        seconds[str(zones)] = {str(flows): round(each, 3) for flows, each in zip(FLOWS, row)}
    home = measured(*HOME)
    print(f"home size ({HOME[0]} zones, {HOME[1]} flows): {home:.2f} s")
    return {"seconds": seconds, "home_s": round(home, 3)}


if __name__ == "__main__":
    print(json.dumps(main()))
