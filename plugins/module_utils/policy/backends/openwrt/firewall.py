# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A policy as fw4's sections: a zone for each zone, nothing allowed by default, one rule for each permit.

Rules only allow, so their order means nothing and a section can keep its place whatever comes beside it. What UCI has
no words for stands in files that fw4 includes: see ``includes``.
"""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.policy import meaning, spans
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import includes
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.names import section_name
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.network import logical
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.uci import Section
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.values import LONGEST_NAME
from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import ALLOW, ANY, PING, WAN
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import FIELDS
from ansible_collections.hearthwall.home.plugins.module_utils.policy.permits import (
    BOTH,
    INTERNET,
    ROUTER,
    permits,
    singles,
)

FAMILIES = {4: "ipv4", 6: "ipv6"}
SERVED = {4: ("dhcp", "67"), 6: ("dhcpv6", "547")}
DEFAULTS = "@defaults[0]"


def sections(policy):
    """Return the sections of `firewall`."""
    internet = {version: _internet(policy, version) for version in FAMILIES}
    return [
        _defaults(),
        *(_include(chain) for chain in includes.CHAINS),
        *(_zone(zone) for zone in policy.zones.values()),
        *(_rule(permit, internet) for permit in permits(policy)),
        *_served(policy),
        *_reflections(policy),
        *(each for forward in policy.forwards for each in _redirects(policy, forward)),
    ]


def _defaults():
    options = {
        "input": "DROP",
        "output": "ACCEPT",
        "forward": "DROP",
        # The included files drop what is invalid before; the router itself may send what it likes.
        "drop_invalid": "0",
        # A helper opens ports that a device asks for inside its connection: nobody declared them.
        "auto_helper": "0",
        # What is let in by rate is let in at times: no policy says so. Linux itself answers floods by cookies.
        "synflood_protect": "0",
    }
    return Section("firewall", "defaults", DEFAULTS, options, "nothing passes unless a rule below allows it")


def _include(chain):
    options = {
        "type": "nftables",
        "path": includes.path(chain),
        "position": "chain-prepend",
        "chain": chain,
    }
    return Section("firewall", "include", section_name("before", chain), options, includes.CHAINS[chain])


def _zone(zone):
    wan = zone.kind == WAN
    options = {"name": zone.name}
    if zone.vlan and not wan:
        options["network"] = [logical(zone)]
    # By device as well: the rules then hold before netifd has the interface up, and can be judged before that.
    options["device"] = list(zone.interfaces)
    options.update(input="DROP" if wan else "REJECT", output="ACCEPT")
    options["forward"] = "ACCEPT" if zone.intra == ALLOW else "DROP"
    if zone.masquerade:
        options.update(masq="1", masq_allow_invalid="1")
    if wan:
        options["mtu_fix"] = "1"
    said = "what comes from the internet finds nothing" if wan else "what is not allowed is refused at once, not lost"
    return Section("firewall", "zone", section_name("zone", zone.name), options, f"{zone.name}: {said}")


def _rule(permit, internet):
    options = {
        "name": title(permit.title, FAMILIES.get(permit.version)),
        "src": permit.source,
        **({"dest": permit.target} if permit.target != ROUTER else {}),
        **({"family": FAMILIES[permit.version]} if permit.version != BOTH else {}),
        "proto": {ANY: "all", PING: "icmp"}.get(permit.protocol, permit.protocol),
    }
    if permit.protocol == PING:
        options["icmp_type"] = ["echo-request"]
    for option, end in (("src_ip", permit.sources), ("dest_ip", permit.targets)):
        if end:
            options[option] = internet[permit.version] if end == INTERNET else [end]
    if permit.ports:
        options["dest_port"] = [ports(low, high) for low, high in permit.ports]
    options["target"] = "ACCEPT"
    return Section("firewall", "rule", section_name("permit", permit.key), options, permit.why)


def _internet(policy, version):
    """Return the internet's addresses in the fewest words: networks that are, and `!` those that are not."""
    found = meaning.internet(policy)[version]
    outside = spans.complement(found, FIELDS[f"source{version}"])
    inside = spans.of_networks(network for zone in policy.inside for network in zone.of_family(version))
    around = spans.union(found, inside)
    ways = [
        _networks(found, version),
        [f"!{network}" for network in _networks(outside, version)],
        [*_networks(around, version), *(f"!{network}" for network in _networks(inside, version))],
    ]
    return min(ways, key=len)


def _networks(found, version):
    make = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    return [address(each) for low, high in found for each in ipaddress.summarize_address_range(make(low), make(high))]


def _served(policy):
    """The zones that get their addresses here; a device without one yet is let in by an include."""
    for name in policy.router.dhcp:
        for version, (what, port) in SERVED.items():
            if policy.zones[name].of_family(version):
                options = {
                    "name": f"{name} to router: {what}",
                    "src": name,
                    "family": FAMILIES[version],
                    "proto": "udp",
                    "dest_port": [port],
                    "target": "ACCEPT",
                }
                yield Section("firewall", "rule", section_name(what, name), options, "devices get their addresses here")


def _reflections(policy):
    for reflection in policy.reflect:
        port, groups = meaning.GROUPS[reflection.service]
        why = f"the router repeats {reflection.service} between {', '.join(reflection.zones)}"
        for name in reflection.zones:
            for version, family in FAMILIES.items():
                options = {
                    "name": f"{name} to router: {reflection.service} ({family})",
                    "src": name,
                    "family": family,
                    "proto": "udp",
                    "dest_ip": [group for group in groups if (":" in group) == (version == 6)],
                    "dest_port": [str(port)],
                    "target": "ACCEPT",
                }
                yield Section("firewall", "rule", section_name(reflection.service, name, str(version)), options, why)


def _redirects(policy, forward):
    host = policy.hosts[forward.host]
    for port, to_port in singles(forward):
        options = {
            "name": title(f"forward {forward.protocol}/{port} to {host.name}", None),
            "src": policy.wan.name,
            "dest": host.zone,
            "family": "ipv4",
            "proto": forward.protocol,
            "src_dport": str(port),
            "dest_ip": str(host.ip4),
            "dest_port": str(to_port),
            "target": "DNAT",
            # Reflection would let every zone in by the WAN's address.
            "reflection": "0",
        }
        yield Section(
            "firewall", "redirect", section_name("forward", forward.protocol, str(port)), options, forward.why
        )


def address(network):
    """Return a network as fw4 takes it: a single address without its length."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def ports(low, high):
    return str(low) if low == high else f"{low}-{high}"


def title(said, family):
    """Return a rule's name that fits nft's comment."""
    end = f" ({family})" if family else ""
    room = LONGEST_NAME - len(end.encode())
    plain = "".join(letter if letter.isprintable() and letter not in '"\\' else " " for letter in said)
    return plain.encode()[:room].decode(errors="ignore") + end
