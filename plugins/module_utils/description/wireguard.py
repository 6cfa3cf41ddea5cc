# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may come through the tunnel, and whether the rest of the description knows of it."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re

from ansible_collections.hearthwall.home.plugins.module_utils.description import formats
from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import did_you_mean, found_on, problem

PEERS, NETWORKS, POLICY = "wireguard_peers", "wireguard_networks", "hearthwall_policy"
FIELDS = ("public_key", "tunnel", "preshared", "keepalive")
TUNNELS = ("split", "full")
# It names a file, a comment and a QR code.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\Z")
INTERFACE = re.compile(r"[A-Za-z0-9_.-]{1,15}\Z")
KEY_BYTES = 32
KEEPALIVE = 65535


def check(home):
    found = []
    servers = home.group("wireguard")
    for host in servers[1:]:
        fix = f"Keep {servers[0].name} or {host.name}; give the other a home of its own."
        found.append(problem("hearthwall_home", "has more than one host in the group wireguard", fix, host.name))
    return found + found_on(servers, [_interface, _endpoint, _networks, _peers, _policy, _own_firewall])


def _interface(host):
    name = host.get("wireguard_interface", "vpn")
    if not INTERFACE.match(name):
        yield problem(
            "wireguard_interface", f"{name!r} is no name for an interface", "Use up to 15 letters and digits."
        )


def _endpoint(host):
    endpoint = host.get("wireguard_endpoint")
    if endpoint and formats.address(endpoint) and formats.host_name(endpoint):
        yield problem("wireguard_endpoint", f"{endpoint!r} {formats.host_name(endpoint)}", "Use a name or an address.")


def _networks(host):
    seen = {}
    for number, each in enumerate(host.get(NETWORKS) or ()):
        where = f"{NETWORKS}[{number}]"
        if formats.network(each):
            yield problem(where, f"{each!r} {formats.network(each)}", "Use a network such as 10.0.50.0/24.")
            continue
        network = ipaddress.ip_network(each)
        if network.num_addresses < 4:
            yield problem(where, f"{each} has no room for a device", "Use a larger network.")
        if network.version in seen:
            yield problem(where, f"is the second of IPv{network.version}", "Give one network of each family.")
        seen[network.version] = network


def _peers(host):
    keys = {}
    for name, peer in (host.get(PEERS) or {}).items():
        where = f"{PEERS}.{name}"
        if not NAME.match(str(name)):
            yield problem(where, f"{name!r} is no name", "Use letters, digits, '.', '_' and '-'.")
        if peer is not None and not isinstance(peer, dict):
            yield problem(where, "must be a mapping", f"Write {name}: {{}} for a phone.")
            continue
        yield from _peer(where, peer or {}, keys)


def _peer(where, peer, keys):
    for key in peer:
        if key not in FIELDS:
            yield problem(
                f"{where}.{key}", f"is not known here.{did_you_mean(key, FIELDS)}", f"Use {', '.join(FIELDS)}."
            )
    if peer.get("tunnel", "split") not in TUNNELS:
        yield problem(f"{where}.tunnel", f"{peer['tunnel']!r} is neither split nor full", "Use split or full.")
    if not isinstance(peer.get("preshared", True), bool):
        yield problem(f"{where}.preshared", "must be true or false", "Use true or false.")
    keepalive = peer.get("keepalive", 0)
    if isinstance(keepalive, bool) or not isinstance(keepalive, int) or not 0 <= keepalive <= KEEPALIVE:
        yield problem(f"{where}.keepalive", f"must be seconds up to {KEEPALIVE}", "25 keeps most NATs open.")
    public = peer.get("public_key")
    if public is None:
        return
    if not _is_key(public):
        yield problem(f"{where}.public_key", "is no key of WireGuard", "Copy what `wg pubkey` prints: 44 characters.")
    elif public in keys:
        yield problem(f"{where}.public_key", f"is that of {keys[public]}", "Make a key on each device.")
    else:
        keys[public] = where.rpartition(".")[2]


def _is_key(text):
    try:
        return isinstance(text, str) and len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _policy(host):
    """A policy denies what it does not know: without a zone for it, nobody would come out of the tunnel."""
    zones = (host.get(POLICY) or {}).get("zones") if isinstance(host.get(POLICY), dict) else None
    if not isinstance(zones, dict) or "router" not in host.groups:
        return
    interface = host.get("wireguard_interface", "vpn")
    wanted = set(host.get(NETWORKS) or ())
    for zone in zones.values():
        if isinstance(zone, dict) and zone.get("kind") == "vpn" and interface in _listed(zone.get("interface")):
            held = {zone[key] for key in ("cidr4", "cidr6") if zone.get(key)}
            if held != wanted:
                told = f"are {_words(wanted)}, and the policy's zone for {interface} has {_words(held)}"
                yield problem(NETWORKS, told, "Let both be the same.")
            return
    fix = f"Add a zone {{interface: {interface}, kind: vpn, …}} with these networks, and flows from it."
    yield problem(f"{POLICY}.zones", f"has no zone of the kind vpn with the interface {interface}", fix)


def _own_firewall(host):
    """The firewall of Home Assistant's host lets in what is declared: the tunnel's port has to be."""
    if "home_assistant" not in host.groups or host.get("exposure_host_firewall", True) is not True:
        return
    port = host.get("wireguard_port", 51820)
    listed = [*(host.get("exposure_host_services") or ()), *(host.get("exposure_ways_in") or ())]
    let_in = {(each.get("protocol"), each.get("port")) for each in listed if isinstance(each, dict)}
    if ("udp", port) not in let_in:
        fix = f"Add {{name: WireGuard, protocol: udp, port: {port}}}."
        yield problem("exposure_host_services", f"UDP port {port} of WireGuard is not let in on this host", fix)


def _listed(value):
    return value if isinstance(value, (list, tuple)) else [value]


def _words(networks):
    return ", ".join(sorted(networks)) or "none"
