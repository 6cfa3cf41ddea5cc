# SPDX-License-Identifier: GPL-3.0-or-later
"""A router made of a network namespace with real nftables, and packets that really go through it.

Run by itself in a new network namespace, which holds the far ends of the router's interfaces. Reads on standard input
{interfaces, addresses, groups, routes, rules, packets: [{inbound, bytes (hex)}, …]}; writes which packets, by the mark
that each carries (the IPv4 identification, the IPv6 flow label), came through the forward and the input hook.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time

# Behind every other chain of a hook, and so met only by what all of them let pass.
WITNESS = """
table inet witness {
  set forwarded4 { type integer; typeof ip id; size 65535; }
  set forwarded6 { typeof ip6 flowlabel; size 65535; }
  set delivered4 { typeof ip id; size 65535; }
  set delivered6 { typeof ip6 flowlabel; size 65535; }
  chain forward { type filter hook forward priority 300; policy accept;
    meta nfproto ipv4 add @forwarded4 { ip id }
    meta nfproto ipv6 add @forwarded6 { ip6 flowlabel }
  }
  chain input { type filter hook input priority 300; policy accept;
    meta nfproto ipv4 add @delivered4 { ip id }
    meta nfproto ipv6 add @delivered6 { ip6 flowlabel }
  }
}
""".replace("type integer; ", "")


def run(*words, data=None):
    return subprocess.run(words, input=data, text=True, check=True, capture_output=True, timeout=60).stdout


def main():
    asked = json.load(sys.stdin)
    router = subprocess.Popen(["unshare", "--net", "sleep", "300"])
    try:
        time.sleep(0.3)
        print(json.dumps(seen(asked, str(router.pid))))
    finally:
        router.kill()


def seen(asked, router):
    def inside(*words, data=None):
        return run("nsenter", "--net", "--target", router, *words, data=data)

    settings = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.conf.all.rp_filter=0"]
    settings += ["net.ipv4.conf.default.rp_filter=0", "net.ipv6.conf.all.accept_dad=0"]
    settings += ["net.ipv6.conf.default.accept_dad=0", "net.ipv4.icmp_ratelimit=0"]
    inside("sysctl", "-qw", *settings)
    inside("ip", "link", "set", "lo", "up")
    for name in asked["interfaces"]:
        run("ip", "link", "add", f"far-{name}"[:15], "type", "veth", "peer", "name", name, "netns", router)
        # Nobody answers for addresses out there: packets leave without asking.
        inside("ip", "link", "set", name, "arp", "off", "up")
        run("ip", "link", "set", f"far-{name}"[:15], "arp", "off", "up")
    for name, address in asked["addresses"]:
        inside("ip", "address", "add", address, "dev", name, *(["nodad"] if ":" in address else []))
    for name in asked["interfaces"]:
        for group in asked["groups"]:
            inside("ip", "address", "add", group, "dev", name, "autojoin")
    for name, version in asked["routes"]:
        inside("ip", f"-{version}", "route", "add", "default", "dev", name)
    inside("nft", "-f", "-", data=asked["rules"] + WITNESS)
    senders = {}
    for name in asked["interfaces"]:
        senders[name] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        senders[name].bind((f"far-{name}"[:15], 0))
    links = {each["ifname"]: each["address"] for each in json.loads(inside("ip", "-j", "link"))}
    for packet in asked["packets"]:
        whole = bytes.fromhex(packet["bytes"])
        kind = b"\x08\x00" if whole[0] >> 4 == 4 else b"\x86\xdd"
        to = bytes.fromhex(links[packet["inbound"]].replace(":", ""))
        senders[packet["inbound"]].send(to + b"\x02\x00\x00\x00\x00\x01" + kind + whole)
    time.sleep(0.5)
    listed = json.loads(inside("nft", "-j", "list", "table", "inet", "witness"))["nftables"]
    return {each["set"]["name"]: each["set"].get("elem", []) for each in listed if "set" in each}


if __name__ == "__main__":
    main()
