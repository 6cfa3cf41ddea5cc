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
    for device, address in PLAN["addresses"].items():
        wires.address(device, *address)


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
    tell("settled", {"after": time.monotonic()})
    tell("vlans", json.loads(output("bridge -j vlan show")))
    tell("links", json.loads(output("bridge -j -d link show")))
    if PLAN["rules"]:
        wires.run(f"nft -f {PLAN['rules']}")
    names = [*PLAN["ports"].values(), *(name for each in PLAN["switches"].values() for name in each["devices"])]
    spaces = probes.Namespaces([*names, *PLAN["switches"]])
    for name in spaces:
        spaces.write(name, "/proc/sys/net/ipv4/ping_group_range", "0 2147483647")
    for setting in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        spaces.write("", f"/proc/sys/net/{setting}", "1")
    probes.answer_everywhere(spaces, PLAN["tcp"], PLAN["udp"])
    heard = []
    for switch in PLAN["switches"]:
        listener = tags.listen(spaces, switch, "uplink")
        threading.Thread(target=tags.collect, args=(listener, heard), daemon=True).start()
    tell("probes", probes.ask(spaces, PLAN["probes"]))
    tell("tags", sorted({tag for tag in heard}))
    for port in PLAN["isolated"]:
        wires.run(f"bridge link set dev {port} isolated off")
    tell("neighbours without isolation", probes.ask(spaces, PLAN["neighbours"]))
    for port in PLAN["isolated"]:
        wires.run(f"bridge link set dev {port} isolated on")
    tunnel.main(spaces, PLAN, tell)


try:
    main()
    tell("end", time.monotonic())
except Exception as problem:
    said = getattr(problem, "stderr", "") or ""
    state = subprocess.run(
        "networkctl --no-pager; journalctl --no-pager -b -u systemd-networkd",
        shell=True,
        capture_output=True,
        text=True,
    )
    tell("broken", f"{traceback.format_exc()}{said}\n{state.stdout[-3000:]}")
