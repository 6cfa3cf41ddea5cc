# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A policy as fw4's sections: a zone for each zone, nothing allowed by default, one rule for each permit.

Rules only allow, so their order means nothing and a section can keep its place whatever comes beside it.
"""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import ALLOW, ANY, PING
from ansible_collections.hearthwall.home.plugins.module_utils.policy.openwrt.names import section_name
from ansible_collections.hearthwall.home.plugins.module_utils.policy.openwrt.network import logical
from ansible_collections.hearthwall.home.plugins.module_utils.policy.openwrt.uci import Section
from ansible_collections.hearthwall.home.plugins.module_utils.policy.openwrt.values import LONGEST_NAME
from ansible_collections.hearthwall.home.plugins.module_utils.policy.permits import MULTICAST, ROUTER, permits

FAMILIES = {4: "ipv4", 6: "ipv6"}
# By number: fw4 would ask for the code as well where it knows a type by name in one family only.
NEIGHBOURS = ["133", "135", "136"]
NEIGHBOURS_WAN = ["134", "135", "136"]
LISTENERS = ["130", "131", "132", "143"]


def sections(policy, switch, defaults="@defaults[0]"):
    """Return the sections of `firewall`. ``defaults``: where the section of that type is."""
    return [
        _defaults(defaults),
        *(_zone(zone, switch) for zone in policy.zones.values()),
        *_foundations(policy),
        *(_rule(permit) for permit in permits(policy)),
        *_reflections(policy),
        *(_redirect(policy, forward) for forward in policy.forwards),
    ]


def _defaults(place):
    options = {
        "input": "DROP",
        "output": "ACCEPT",
        "forward": "DROP",
        "drop_invalid": "1",
        "synflood_protect": "1",
        # A helper opens ports that a device asks for inside its connection: nobody declared them.
        "auto_helper": "0",
    }
    return Section("firewall", "defaults", place, options, "nothing passes unless a rule below allows it")


def _zone(zone, switch):
    bridged = zone.kind != "wan" and zone.vlan
    options = {"name": zone.name}
    if bridged:
        options["network"] = [logical(zone)]
    # By device as well: the rules then hold before netifd has the interface up, and can be judged before that.
    options["device"] = list(zone.interfaces) or [switch.interface(zone)]
    wan = zone.kind == "wan"
    options.update(input="DROP" if wan else "REJECT", output="ACCEPT")
    options["forward"] = "ACCEPT" if zone.intra == ALLOW and not wan else "DROP"
    if zone.masquerade:
        options["masq"] = "1"
    if wan:
        options["mtu_fix"] = "1"
    said = "what comes from the internet finds nothing" if wan else "what is not allowed is refused at once, not lost"
    return Section("firewall", "zone", section_name("zone", zone.name), options, f"{zone.name}: {said}")


def _foundations(policy):
    """What a network needs before anything can be allowed in it."""
    for zone in policy.zones.values():
        wan = zone.kind == "wan"
        types = NEIGHBOURS_WAN if wan else NEIGHBOURS
        if wan or zone.cidr6 or not zone.networks:
            yield _input(zone, "neighbours", "IPv6 finds its neighbours by these", family="ipv6", icmp_type=types)
        if wan:
            yield _input(zone, "dhcp", "the provider renews the router's address", "udp", "ipv4", dest_port=["68"])
            yield _input(zone, "dhcpv6", "the provider's answer comes from elsewhere", "udp", "ipv6", dest_port=["546"])
        elif zone.name in policy.router.dhcp:
            if zone.cidr4:
                yield _input(zone, "dhcp", "devices get their addresses here", "udp", "ipv4", dest_port=["67"])
            if zone.cidr6:
                yield _input(zone, "dhcpv6", "devices get their addresses here", "udp", "ipv6", dest_port=["547"])


def _input(zone, what, why, proto="icmp", family="ipv4", **more):
    options = {"name": f"{zone.name}: {what}", "src": zone.name, "proto": proto, "family": family, **more}
    return Section("firewall", "rule", section_name(what, zone.name), {**options, "target": "ACCEPT"}, why)


def _rule(permit):
    options = {
        "name": title(permit.title, FAMILIES[permit.version]),
        "src": permit.source,
        **({"dest": permit.target} if permit.target != ROUTER else {}),
        "family": FAMILIES[permit.version],
        "proto": {ANY: "all", PING: "icmp"}.get(permit.protocol, permit.protocol),
    }
    if permit.protocol == PING:
        options["icmp_type"] = ["8" if permit.version == 4 else "128"]
    if permit.sources:
        options["src_ip"] = [address(each) for each in permit.sources]
    if permit.targets:
        options["dest_ip"] = [address(each) for each in permit.targets]
    if permit.ports:
        options["dest_port"] = [ports(low, high) for low, high in permit.ports]
    options["target"] = "ACCEPT"
    return Section("firewall", "rule", section_name("permit", permit.key), options, permit.why)


def _reflections(policy):
    for reflection in policy.reflect:
        port, groups = MULTICAST[reflection.service]
        for name in reflection.zones:
            for version, family in FAMILIES.items():
                members = [group for group in groups if (":" in group) == (version == 6)]
                zone = policy.zones[name]
                if zone.networks and not zone.of_family(version):
                    continue
                options = {
                    "name": f"{name}: {reflection.service} heard by the router ({family})",
                    "src": name,
                    "family": family,
                    "proto": "udp",
                    "dest_ip": members,
                    "dest_port": [str(port)],
                    "target": "ACCEPT",
                }
                place = section_name(reflection.service, name, str(version))
                why = f"the router repeats {reflection.service} between {', '.join(reflection.zones)}"
                yield Section("firewall", "rule", place, options, why)


def _redirect(policy, forward):
    host = policy.hosts[forward.host]
    options = {
        "name": title(f"forward {forward.port} to {host.name}", ""),
        "src": policy.wan.name,
        "dest": host.zone,
        "family": "ipv4",
        "proto": forward.protocol,
        "src_dport": ports(forward.low, forward.high),
        "dest_ip": str(host.ip4),
        "dest_port": ports(forward.to_port, forward.to_high),
        "target": "DNAT",
        # Reflection would let every zone in by the WAN's address.
        "reflection": "0",
    }
    place = section_name("forward", forward.protocol, str(forward.low))
    return Section("firewall", "redirect", place, options, forward.why)


def address(network):
    """Return a network as fw4 takes it: a single address without its length."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def ports(low, high):
    return str(low) if low == high else f"{low}-{high}"


def title(said, family):
    """Return a rule's name that fits nft's comment."""
    end = f" ({family})" if family else ""
    room = LONGEST_NAME - len(end.encode())
    return said.encode()[:room].decode(errors="ignore") + end
