# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens inside the machine: plug the home together, wait for networkd, load the rules, send packets.

It knows nothing of the policy. plan.json says what to build and whom to ask; every line printed is an answer.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
import traceback

import probes
import tags
import tunnel
import wires

with open("/given/plan.json", encoding="utf-8") as file:
    PLAN = json.load(file)


def tell(what, answer):
    print(json.dumps({"what": what, "answer": answer}), flush=True)


def output(command):
    return subprocess.run(command.split(), check=True, capture_output=True, text=True).stdout


def plug_in():
    for port, device in PLAN["ports"].items():
        wires.device(device, port)
    for name, behind in PLAN["switches"].items():
        wires.switch(name, behind["port"], behind["devices"].values())
        for device, vlan in behind["devices"].items():
            wires.behind(name, device, vlan)
    for device, (addresses, routers) in PLAN["addresses"].items():
        wires.address(device, addresses, routers)


def settled():
    """Wait until networkd has given every interface of the router its addresses."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        seen = {
            f"{entry['local']}/{entry['prefixlen']}"
            for link in json.loads(output("ip -j address"))
            for entry in link["addr_info"]
            if not entry.get("tentative")
        }
        if seen >= set(PLAN["router"]):
            return
        time.sleep(0.5)
    raise TimeoutError(f"networkd has not given the router {sorted(set(PLAN['router']) - seen)}")


def main():
    tell("kernel", output("uname -r").strip())
    plug_in()
    settled()
    tell("vlans", json.loads(output("bridge -j vlan show")))
    tell("links", json.loads(output("bridge -j -d link show")))
    wires.run(f"nft -f {PLAN['rules']}")
    names = [*PLAN["ports"].values(), *(name for each in PLAN["switches"].values() for name in each["devices"])]
    spaces = probes.Namespaces([*names, *PLAN["switches"]])
    for name in spaces:
        spaces.write(name, "/proc/sys/net/ipv4/ping_group_range", "0 2147483647")
    for setting in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        spaces.write("", f"/proc/sys/net/{setting}", "1")
    probes.answer_everywhere(spaces, PLAN["tcp"], PLAN["udp"])
    cables = [tags.Cable(spaces, switch, "uplink") for switch in PLAN["switches"]]
    for cable in cables:
        threading.Thread(target=cable.listen, daemon=True).start()
    tell("probes", probes.ask(spaces, PLAN["probes"]))
    tell("tags", sorted(tag for cable in cables for tag in cable.tags))
    tell("untagged", sorted(sender for cable in cables for sender in cable.untagged))
    tell("neighbours", probes.ask(spaces, PLAN["neighbours"]))
    for port in PLAN["isolated"]:
        wires.run(f"bridge link set dev {port} isolated off")
    tell("neighbours without isolation", probes.ask(spaces, PLAN["neighbours"]))
    for port in PLAN["isolated"]:
        wires.run(f"bridge link set dev {port} isolated on")
    tunnel.main(PLAN["tunnel"], tell)


try:
    main()
    tell("end", time.monotonic())
except Exception:
    tell("broken", traceback.format_exc() + output("journalctl --no-pager -b -p warning -n 40"))
