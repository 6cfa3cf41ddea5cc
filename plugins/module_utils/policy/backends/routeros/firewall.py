# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A policy as RouterOS' rules: chains of its own that end every packet's way, entered first of all.

Nobody looks at a chain until a rule jumps to it: a whole policy can be laid before any of it takes effect. What others
have behind the jump is never reached; what they have in front of it is what a proof has to look at.
"""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.policy import meaning, spans
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros import menus
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros.plan import Entry
from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import ALLOW, ANY, PING, WAN
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import FIELDS
from ansible_collections.hearthwall.home.plugins.module_utils.policy.permits import (
    BOTH,
    INTERNET,
    ROUTER,
    permits,
    singles,
    speaks,
)

FORWARD, INPUT = f"{menus.NAME}forward", f"{menus.NAME}input"
FILTERS = {4: menus.FILTER, 6: menus.FILTER6}
LISTS = {4: menus.ADDRESS_LIST, 6: menus.ADDRESS_LIST6}
ZONES, INSIDE, NOT_INTERNET = f"{menus.NAME}zones", f"{menus.NAME}inside", f"{menus.NAME}not-internet"
# RouterOS takes 15 ports in one rule; a range counts twice.
MOST_SPANS = 7
ECHO = {4: ("icmp", 8), 6: ("icmpv6", 128)}
LINK_LOCAL, NOBODY = "fe80::/10", "0.0.0.0"  # noqa: S104


def entries(policy, loopback=None):
    """Return the entries of the firewall. ``loopback``: the name of the interface to itself, where a router has one."""
    return [
        *_interface_lists(policy),
        *_address_lists(policy),
        *(_marked(menus.NAT, options, key, why) for options, key, why in _translation(policy)),
        *(each for version in FILTERS for each in _rules(policy, version, loopback)),
    ]


def list_of(zone):
    """Return the name of the list of a zone's interfaces."""
    return f"{menus.NAME}{zone.name}"


def _interface_lists(policy):
    for zone in policy.zones.values():
        name = list_of(zone)
        yield Entry(menus.LIST, {"name": name, "comment": menus.comment(f"list {zone.name}", "the zone's interfaces")})
        for interface in zone.interfaces:
            yield _member(name, interface, f"{zone.name} is behind it")
    yield Entry(menus.LIST, {"name": ZONES, "comment": menus.comment("list zones", "every interface that has a zone")})
    for zone in policy.zones.values():
        for interface in zone.interfaces:
            yield _member(ZONES, interface, "it has a zone")


def _member(name, interface, why):
    options = {"list": name, "interface": interface, "comment": menus.comment(f"{name} {interface}", why)}
    return Entry(menus.MEMBER, options)


def _address_lists(policy):
    for version, menu in LISTS.items():
        for name, networks in _named(policy, version).items():
            for network in networks:
                comment = menus.comment(f"{name} {network}", "")
                yield Entry(menu, {"list": name, "address": network, "comment": comment})


def _named(policy, version):
    """Return {list: networks}: the lists that rules of this family ask for."""
    found = {INSIDE: _networks(_inside(policy, version), version)}
    if version == 4:
        outside = spans.complement(meaning.internet(policy)[4], FIELDS["source4"])
        found[NOT_INTERNET] = _networks(outside, 4)
    for zone in policy.inside:
        networks = [str(network) for network in zone.of_family(version)]
        if len(networks) > 1:
            found[list_of(zone)] = networks
        if version == 6:
            found[f"{list_of(zone)}-link"] = [*networks, LINK_LOCAL]
    return {name: networks for name, networks in found.items() if networks}


def _inside(policy, version):
    return spans.of_networks(network for zone in policy.inside for network in zone.of_family(version))


def _networks(found, version):
    make = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    return [str(each) for low, high in found for each in ipaddress.summarize_address_range(make(low), make(high))]


# Rules


def _rules(policy, version, loopback):
    """Yield the rules of one family, in order; the jumps last, because they make everything take effect."""
    menu = FILTERS[version]
    for chain, rules in ((FORWARD, _forward(policy, version)), (INPUT, _input(policy, version, loopback))):
        for options, key, why in rules:
            action = {"action": "accept", **options}
            yield _marked(menu, {"chain": chain, **action}, f"{chain[len(menus.NAME) :]} {key}", why)
    for chain, target in (("forward", FORWARD), ("input", INPUT)):
        options = {"chain": chain, "action": "jump", "jump-target": target}
        yield _marked(menu, options, f"jump {chain}", "the policy decides first", last=True)


def _marked(menu, options, key, why, last=False):
    return Entry(menu, {**options, "comment": menus.comment(key, why)}, last)


def _drop(options, key, why):
    return {**options, "action": "drop"}, key, why


def _forward(policy, version):
    yield _drop({"connection-state": "invalid"}, "invalid", "it belongs to no connection")
    yield _drop({"in-interface-list": f"!{ZONES}"}, "from nowhere", "the interface has no zone")
    yield _drop({"out-interface-list": f"!{ZONES}"}, "to nowhere", "the interface has no zone")
    for zone in policy.zones.values():
        yield from _spoofed(policy, zone, version, link=False)
    yield {"connection-state": "established,related"}, "known", "part of a connection that was allowed"
    for zone in policy.zones.values():
        if zone.intra == ALLOW and speaks(zone, version):
            ways = {"in-interface-list": list_of(zone), "out-interface-list": list_of(zone)}
            yield ways, f"within {zone.name}", "the zone's devices may reach each other"
    for permit in permits(policy):
        if (
            permit.target != ROUTER
            and permit.version in (BOTH, version)
            and speaks(policy.zones[permit.source], version)
        ):
            yield from _permitted(policy, permit, version)
    if version == 4:
        for forward in policy.forwards:
            yield from _forwarded(policy, forward)
    yield _drop({}, "end", "nothing else is allowed")


def _input(policy, version, loopback):
    if loopback:
        yield {"in-interface": loopback}, "loopback", "the router speaks to itself"
    yield _drop({"connection-state": "invalid"}, "invalid", "it belongs to no connection")
    yield _drop({"in-interface-list": f"!{ZONES}"}, "from nowhere", "the interface has no zone")
    yield from _link(policy, version)
    for zone in policy.zones.values():
        yield from _spoofed(policy, zone, version, link=True)
    yield {"connection-state": "established,related"}, "known", "part of a connection that was allowed"
    for permit in permits(policy):
        if permit.target == ROUTER and permit.version in (BOTH, version):
            yield from _permitted(policy, permit, version)
    for name in policy.router.dhcp:
        if policy.zones[name].of_family(version):
            port = "67" if version == 4 else "547"
            options = {"in-interface-list": list_of(policy.zones[name]), "protocol": "udp", "dst-port": port}
            yield options, f"dhcp {name}", "devices get their addresses here"
    for reflection in policy.reflect:
        port, groups = meaning.GROUPS[reflection.service]
        for name in reflection.zones:
            for group in groups:
                if (":" in group) == (version == 6):
                    options = {"in-interface-list": list_of(policy.zones[name]), "dst-address": group}
                    options.update({"protocol": "udp", "dst-port": str(port)})
                    why = f"the router repeats {reflection.service} between {', '.join(reflection.zones)}"
                    yield options, f"{reflection.service} {name} {group}", why
    yield _drop({}, "end", "nothing else is allowed")


def _link(policy, version):
    """What a link needs to work at all, and what a router on it needs."""
    if version == 6:
        near = {"protocol": "icmpv6", "hop-limit": "equal:255"}
        for kind in meaning.NEIGHBOURS:
            yield {**near, "icmp-options": f"{kind}:0-255"}, f"neighbours {kind}", "IPv6 finds its neighbours so"
        for kind in meaning.LISTENERS:
            for source in ("::/128", LINK_LOCAL):
                options = {"protocol": "icmpv6", "icmp-options": f"{kind}:0-255", "src-address": source}
                yield options, f"listeners {kind} {source}", "who listens to which multicast"
    for zone in policy.zones.values():
        way = {"in-interface-list": list_of(zone)}
        if version == 6 and zone.kind == WAN:
            kind = f"{meaning.ROUTER_ADVERTISEMENT}:0-255"
            options = {**way, **near, "icmp-options": kind, "src-address": LINK_LOCAL}
            yield options, f"advertisement {zone.name}", "the provider's router"
            options = {**way, "protocol": "udp", "src-port": "547", "dst-port": "546", "src-address": LINK_LOCAL}
            yield options, f"lease {zone.name}", "the router's own addresses"
        elif version == 6:
            kind = f"{meaning.ROUTER_SOLICITATION}:0-255"
            yield {**way, **near, "icmp-options": kind}, f"solicitation {zone.name}", "devices look for their router"
        elif zone.kind == WAN:
            options = {**way, "protocol": "udp", "src-port": "67", "dst-port": "68"}
            yield options, f"lease {zone.name}", "the router's own address"
        elif zone.name in policy.router.dhcp and zone.of_family(4):
            options = {**way, "protocol": "udp", "src-address": NOBODY, "src-port": "68", "dst-port": "67"}
            yield options, f"newcomers {zone.name}", "devices that have no address yet"


def _spoofed(policy, zone, version, link):
    """Yield the rules that drop the sources that are not the zone's; ``link``: link-local ones are everybody's."""
    way, why = {"in-interface-list": list_of(zone)}, "the source is not of this zone"
    key = f"source {zone.name}"
    if zone.kind == WAN:
        if _inside(policy, version):
            yield _drop({**way, "src-address-list": INSIDE}, key, why)
        if version == 6 and not link:
            yield _drop({**way, "src-address": LINK_LOCAL}, f"{key} link", why)
        return
    networks = zone.of_family(version)
    mine = {}
    if version == 6 and link:
        mine["src-address-list"] = f"!{list_of(zone)}-link"
    elif len(networks) == 1:
        mine["src-address"] = f"!{networks[0]}"
    elif networks:
        mine["src-address-list"] = f"!{list_of(zone)}"
    yield _drop({**way, **mine}, key, why)


def _permitted(policy, permit, version):
    options = {"in-interface-list": list_of(policy.zones[permit.source])}
    if permit.target != ROUTER:
        options["out-interface-list"] = list_of(policy.zones[permit.target])
    for end, side in ((permit.sources, "src"), (permit.targets, "dst")):
        if end and end != INTERNET:
            options[f"{side}-address"] = end
    if permit.protocol == PING:
        protocol, kind = ECHO[version]
        options.update({"protocol": protocol, "icmp-options": f"{kind}:0-255"})
    elif permit.protocol != ANY:
        options["protocol"] = permit.protocol
    for number, some in enumerate(_chunks(permit.ports)):
        ports = (
            {"dst-port": ",".join(f"{low}-{high}" if low != high else str(low) for low, high in some)} if some else {}
        )
        for place, ends in enumerate(_internet(policy, permit, version)):
            key = f"{permit.key}" + (f".{number}" if number else "") + (f"/{place}" if place else "")
            yield {**options, **ends, **ports}, key, f"{permit.title}, {permit.why}"


def _internet(policy, permit, version):
    """Yield what a permit asks of addresses of the internet."""
    side = next((side for side, end in (("src", permit.sources), ("dst", permit.targets)) if end == INTERNET), None)
    if side is None:
        yield {}
    elif version == 4:
        yield {f"{side}-address-list": f"!{NOT_INTERNET}"}
    else:
        # What is not the internet would be a long list in IPv6: so the networks that it is, without the home's.
        around = spans.union(meaning.internet(policy)[version], _inside(policy, version))
        inside = {f"{side}-address-list": f"!{INSIDE}"} if _inside(policy, version) else {}
        for network in _networks(around, version):
            yield {f"{side}-address": network, **inside}


def _chunks(ports):
    return [ports[start : start + MOST_SPANS] for start in range(0, len(ports), MOST_SPANS)] or [()]


def _forwarded(policy, forward):
    host = policy.hosts[forward.host]
    for port, to_port in singles(forward):
        options = {
            "connection-nat-state": "dstnat",
            "in-interface-list": list_of(policy.wan),
            "out-interface-list": list_of(policy.zones[host.zone]),
            "dst-address": str(host.ip4),
            "protocol": forward.protocol,
            "dst-port": str(to_port),
        }
        yield options, f"forwarded {forward.protocol}/{port}", forward.why


def _translation(policy):
    for forward in policy.forwards:
        for port, to_port in singles(forward):
            options = {
                "chain": "dstnat",
                "action": "dst-nat",
                "in-interface-list": list_of(policy.wan),
                "dst-address-type": "local",
                "protocol": forward.protocol,
                "dst-port": str(port),
                "to-addresses": str(policy.hosts[forward.host].ip4),
                "to-ports": str(to_port),
            }
            yield options, f"forward {forward.protocol}/{port}", forward.why
    for zone in policy.zones.values():
        if zone.masquerade:
            options = {"chain": "srcnat", "action": "masquerade", "out-interface-list": list_of(zone)}
            yield options, f"masquerade {zone.name}", "the internet knows only the router's address"
