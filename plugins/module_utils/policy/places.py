# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the zones and hosts of a policy: what is where, and that no two are in the same place."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import did_you_mean
from ansible_collections.hearthwall.home.plugins.module_utils.policy import model

ZONE_KEYS = {
    "kind": "lan, wan, vpn or tailnet",
    "interface": "the router's interface, or a list of them",
    "cidr4": "its IPv4 network, or a list of them",
    "cidr6": "its IPv6 network, or a list of them",
    "vlan": "its 802.1Q id",
    "intra": "allow or isolate: its devices among themselves",
    "internet": "allow or deny",
    "masquerade": "for the WAN: whether IPv4 takes the router's address there",
    "address4": "the router's own IPv4 address in it",
    "address6": "the router's own IPv6 address in it",
}
HOST_KEYS = {
    "zone": "the zone that it is in",
    "ip4": "its fixed IPv4 address",
    "ip6": "its fixed IPv6 address",
    "mac": "its hardware address",
}
# Words with a meaning of their own, and the names of the sets that a backend makes.
RESERVED = (model.ROUTER, model.INTERNET, model.ANY, "all", "self", "none", "lo", "inside", "not-internet")


def zones(read, where, value):
    """Return {name: Zone} of those that could be read."""
    if not value:
        read.note(where, "is missing: a policy is about zones", "Describe the home's networks.")
        return {}
    found = {}
    for name, (place, body) in read.zone_names(where, value).items():
        if name in RESERVED:
            read.note(place, f"{name} means something else in a policy", "Use another name.")
            continue
        zone = _zone(read, place, name, body)
        if zone:
            found[name] = zone
    _taken(read, where, found)
    _overlaps(read, where, found)
    return found


def _zone(read, where, name, body):
    given = read.keys(where, body, ZONE_KEYS)
    if given is None:
        return None
    kind = read.choice(f"{where}.kind", given.get("kind", model.LAN), model.KINDS)
    interfaces = ()
    if "interface" in given:
        interfaces = tuple(
            filter(None, (read.interface(*each) for each in read.listed(f"{where}.interface", given["interface"])))
        )
    networks = []
    for version in (4, 6):
        key = f"cidr{version}"
        if key in given:
            networks += [read.network(*each, version) for each in read.listed(f"{where}.{key}", given[key])]
    choice = {
        "intra": (model.ALLOW, (model.ALLOW, model.ISOLATE)),
        "internet": (model.DENY, (model.ALLOW, model.DENY)),
    }
    chosen = {key: read.choice(f"{where}.{key}", given.get(key, each), of) for key, (each, of) in choice.items()}
    masquerade = read.truth(f"{where}.masquerade", given.get("masquerade", kind == model.WAN))
    if kind is None or None in chosen.values() or masquerade is None:
        return None
    if kind == model.WAN:
        _wan_keys(read, where, given)
        chosen["intra"] = model.ISOLATE
    zone = model.Zone(
        name=name,
        kind=kind,
        interfaces=interfaces,
        networks=tuple(network for network in networks if network),
        vlan=_vlan(read, f"{where}.vlan", given["vlan"]) if "vlan" in given else None,
        masquerade=masquerade,
        **chosen,
        **_own_addresses(read, where, given, [network for network in networks if network]),
    )
    if kind != model.WAN:
        if masquerade:
            read.note(f"{where}.masquerade", "only the WAN hides addresses", "Remove it.")
        if not any(key in given for key in ("cidr4", "cidr6")):
            read.note(
                f"{where}.cidr4",
                "is missing, and cidr6 too: without its networks nobody can tell who is in the zone",
                "Give cidr4, cidr6 or both.",
            )
    if "interface" not in given and "vlan" not in given:
        read.note(f"{where}.interface", "is missing, and vlan too", "Name the interface, or give the VLAN's id.")
    return zone


def _wan_keys(read, where, given):
    if given.get("intra") == model.ALLOW:
        read.note(f"{where}.intra", "the router forwards nothing from the WAN to the WAN", "Remove it.")
    if "internet" in given:
        read.note(f"{where}.internet", "the WAN is the internet", "Remove it.")


def _vlan(read, where, value):
    if not read.typed(where, value, int):
        return None
    if not 1 <= value <= 4094:
        read.note(where, f"{value} is no VLAN id", "Use 1 to 4094.")
        return None
    return value


def _own_addresses(read, where, given, networks):
    """Return the router's addresses in a zone: those given, or the first of its networks."""
    own = {}
    for version in (4, 6):
        key = f"address{version}"
        mine = [network for network in networks if network.version == version]
        address = None
        if key in given:
            address = read.address(f"{where}.{key}", given[key], version)
            if address and mine and not any(address in network for network in mine):
                read.note(f"{where}.{key}", f"{address} is outside {_named(mine)}", "Use an address of the zone.")
        elif mine and mine[0].num_addresses > 2:
            address = mine[0].network_address + 1
        own[key] = address
    return own


def _taken(read, where, found):
    """Note VLANs, interfaces and the kind wan where two zones have them, and internet access without a WAN."""
    vlans, interfaces, wan = {}, {}, None
    for name, zone in found.items():
        if zone.vlan is not None and vlans.setdefault(zone.vlan, name) != name:
            read.note(f"{where}.{name}.vlan", f"{zone.vlan} is already that of {vlans[zone.vlan]}", "Use another.")
        for number, interface in enumerate(zone.interfaces):
            first = interfaces.setdefault(interface, (name, number))
            if first != (name, number):
                read.note(f"{where}.{name}.interface", f"{interface} already belongs to {first[0]}", "Use another.")
        if zone.kind == model.WAN:
            if wan:
                read.note(
                    f"{where}.{name}.kind",
                    f"{wan} is the WAN already",
                    f"Give {wan} both interfaces: interface: [first, second].",
                )
            wan = wan or name
    for name, zone in found.items():
        if zone.internet == model.ALLOW and not wan:
            read.note(f"{where}.{name}.internet", "there is no zone of kind wan, so no internet", "Add it to zones.")


def _overlaps(read, where, found):
    """Note networks that overlap; sorted by their first address only neighbours can."""
    listed = [(network, name) for name, zone in found.items() for network in zone.networks]
    for version in (4, 6):
        open_one = None
        ordered = sorted(
            (each for each in listed if each[0].version == version),
            key=lambda each: (int(each[0].network_address), -each[0].num_addresses),
        )
        for network, name in ordered:
            if open_one and network.network_address in open_one[0]:
                first, second = sorted((open_one[1], name), key=list(found).index)
                nets = (open_one[0], network) if first == open_one[1] else (network, open_one[0])
                read.note(
                    f"{where}.{second}.cidr{version}",
                    f"{nets[1]} overlaps {nets[0]} of {first}",
                    "Give every zone networks of its own.",
                )
            else:
                open_one = (network, name)


def hosts(read, where, value, zones_by_name):
    """Return {name: Host} of those that could be read."""
    found, seen = {}, {}
    for name, (place, body) in read.names(where, value, "host").items():
        if name in RESERVED or name in zones_by_name:
            what = "is a zone's name already" if name in zones_by_name else "means something else in a policy"
            read.note(place, f"{name} {what}", "Use another name.")
            continue
        host = _host(read, place, name, body, zones_by_name)
        if not host:
            continue
        found[name] = host
        for key, mark in (("ip4", host.ip4), ("ip6", host.ip6), ("mac", host.mac)):
            if mark and seen.setdefault(mark, name) != name:
                read.note(f"{place}.{key}", f"{mark} is already that of {seen[mark]}", "Use another.")
    alike = {}
    for name in found:
        if alike.setdefault(name.replace("-", "_"), name) != name:
            other = alike[name.replace("-", "_")]
            read.note(f"{where}.{name}", f"an OpenWrt router cannot tell {name} from {other}", "Use another name.")
    return found


def _host(read, where, name, body, zones_by_name):
    given = read.keys(where, body, HOST_KEYS, required=("zone",))
    if given is None:
        return None
    zone = zones_by_name.get(given["zone"]) if isinstance(given.get("zone"), str) else None
    if "zone" in given and zone is None and str(given["zone"]) not in read.broken:
        known = ", ".join(sorted(zones_by_name)) or "the zones (there are none)"
        read.note(
            f"{where}.zone",
            f"unknown zone {given['zone']!r}.{did_you_mean(given['zone'], zones_by_name)}",
            f"Use one of {known}.",
        )
    addresses = {}
    for version in (4, 6):
        key = f"ip{version}"
        addresses[key] = read.address(f"{where}.{key}", given[key], version) if key in given else None
        if addresses[key] and zone:
            _belongs(read, f"{where}.{key}", addresses[key], zone, zones_by_name)
    if "ip4" not in given and "ip6" not in given:
        read.note(f"{where}.ip4", "is missing, and ip6 too", "Give the fixed address that rules can name.")
    mac = read.mac(f"{where}.mac", given["mac"]) if "mac" in given else None
    return model.Host(name, zone.name, addresses["ip4"], addresses["ip6"], mac) if zone else None


def _belongs(read, where, address, zone, zones_by_name):
    mine = zone.of_family(address.version)
    if zone.kind == model.WAN:
        other = _zone_with(address, (each for each in zones_by_name.values() if each is not zone))
        if other:
            read.note(where, f"{address} belongs to {other.name}", "Correct the address or the zone.")
        return
    if not any(address in network for network in mine):
        other = _zone_with(address, zones_by_name.values())
        hint = f" (it belongs to {other.name})" if other else ""
        outside = (
            f"outside {_named(mine)} of {zone.name}" if mine else f"IPv{address.version}, and {zone.name} has none"
        )
        read.note(where, f"{address} is {outside}{hint}", "Correct the address or the zone.")
    elif address in (zone.address4, zone.address6):
        read.note(
            where, f"{address} is the router's own in {zone.name}", f"Use another, or set address{address.version}."
        )
    elif address.version == 4 and any(
        address in (network.network_address, network.broadcast_address)
        for network in mine
        if address in network and network.prefixlen < 31
    ):
        read.note(where, f"{address} is the network's own or its broadcast address", "Use another.")


def _zone_with(address, candidates):
    return next((zone for zone in candidates if any(address in network for network in zone.networks)), None)


def _named(networks):
    return " and ".join(str(network) for network in networks)
