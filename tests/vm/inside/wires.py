# SPDX-License-Identifier: GPL-3.0-or-later
"""The cables of the home: devices plugged into the router's ports, and a switch behind its trunk."""

from __future__ import annotations

import subprocess


def run(command, check=True):
    return subprocess.run(command.split(), check=check, capture_output=True, text=True)


def device(name, port):
    """Plug a device in: `eth0` inside its namespace, the port's name on the router."""
    run(f"ip netns add {name}")
    run(f"ip link add {port} type veth peer name eth0 netns {name}")
    run(f"ip -n {name} link set lo up")
    run(f"ip -n {name} link set eth0 up")


def behind(switch, name, vlan):
    """Plug a device into an access port of the switch."""
    run(f"ip netns add {name}")
    run(f"ip -n {switch} link add to-{name} type veth peer name eth0 netns {name}")
    run(f"ip -n {switch} link set to-{name} master bridge up")
    run(f"bridge -n {switch} vlan add vid {vlan} dev to-{name} pvid untagged")
    run(f"ip -n {name} link set lo up")
    run(f"ip -n {name} link set eth0 up")


def switch(name, port, vlans):
    """A managed switch whose only way to the router is one cable that carries several VLANs, all of them tagged."""
    run(f"ip netns add {name}")
    run(f"ip -n {name} link add bridge type bridge vlan_filtering 1 vlan_default_pvid 0")
    run(f"ip -n {name} link set bridge up")
    run(f"ip link add {port} type veth peer name uplink netns {name}")
    for own in ("bridge", "uplink"):
        # A switch has nothing to say for itself: every frame of its is somebody's.
        run(f"ip netns exec {name} sysctl -qw net.ipv6.conf.{own}.disable_ipv6=1")
    run(f"ip -n {name} link set uplink master bridge up")
    for vlan in vlans:
        run(f"bridge -n {name} vlan add vid {vlan} dev uplink")


def address(name, addresses, routers):
    """Give a device its addresses, and routers as its way out."""
    for each in addresses:
        run(f"ip -n {name} address add {each} dev eth0" + (" nodad" if ":" in each else ""))
    for each in routers:
        run(f"ip -n {name} -{6 if ':' in each else 4} route replace default via {each}")
