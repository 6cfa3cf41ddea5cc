# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which options a section that Hearthwall writes may have, and whether together they mean what they say."""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import values

# An option in a list here is a list in UCI; fw4 leaves a section out that has a list where it wants one value.
KNOWN = {
    ("firewall", "defaults"): {
        "input": values.verdict,
        "output": values.verdict,
        "forward": values.verdict,
        "drop_invalid": values.flag,
        "auto_helper": values.flag,
        "synflood_protect": values.flag,
    },
    ("firewall", "include"): {
        "type": values.word("nftables"),
        "path": values.file,
        "position": values.word("chain-prepend"),
        "chain": values.identifier,
    },
    ("firewall", "zone"): {
        "name": values.identifier,
        "network": [values.identifier],
        "device": [values.device],
        "input": values.verdict,
        "output": values.verdict,
        "forward": values.verdict,
        "masq": values.flag,
        "masq_allow_invalid": values.flag,
        "mtu_fix": values.flag,
    },
    ("firewall", "forwarding"): {
        "name": values.title,
        "src": values.identifier,
        "dest": values.identifier,
        "family": values.family,
    },
    ("firewall", "rule"): {
        "name": values.title,
        "src": values.identifier,
        "dest": values.identifier,
        "family": values.family,
        "proto": values.protocol,
        "src_ip": [values.networks],
        "dest_ip": [values.networks],
        "src_mac": [values.mac],
        "src_port": [values.ports],
        "dest_port": [values.ports],
        "icmp_type": [values.icmp_type],
        "target": values.verdict,
    },
    ("firewall", "redirect"): {
        "name": values.title,
        "src": values.identifier,
        "dest": values.identifier,
        "family": values.family,
        "proto": values.protocol,
        "src_ip": values.network,
        "src_dport": values.ports,
        "dest_ip": values.host_address,
        "dest_port": values.ports,
        "target": values.word("DNAT"),
        "reflection": values.flag,
    },
    ("network", "device"): {
        "name": values.device,
        "type": values.word("bridge"),
        "ports": [values.device],
        "vlan_filtering": values.flag,
        "isolate": values.flag,
    },
    ("network", "bridge-vlan"): {"device": values.device, "vlan": values.vlan, "ports": [values.bridge_port]},
    ("network", "interface"): {
        "device": values.device,
        "proto": values.word("static", "none"),
        "ipaddr": [values.interface_address],
        "ip6addr": [values.interface_address],
    },
    ("dhcp", "dhcp"): {
        "interface": values.identifier,
        "start": values.number,
        "limit": values.number,
        "leasetime": values.lease,
        "dhcpv4": values.word("server", "disabled"),
        "dhcpv6": values.word("server", "disabled"),
        "ra": values.word("server", "disabled"),
        "ignore": values.flag,
    },
    ("dhcp", "host"): {"name": values.identifier, "mac": [values.mac], "ip": values.host_address},
}
REQUIRED = {
    ("firewall", "zone"): ("name", "input", "output", "forward"),
    ("firewall", "forwarding"): ("src", "dest"),
    ("firewall", "rule"): ("name", "src", "proto", "target"),
    ("firewall", "redirect"): ("name", "src", "dest", "proto", "src_dport", "dest_ip", "target"),
    ("network", "bridge-vlan"): ("device", "vlan", "ports"),
    ("network", "interface"): ("device", "proto"),
    ("dhcp", "dhcp"): ("interface",),
}


def problems(sections):
    """Return what is wrong with these sections, all of it: a section with a problem would not do what it says."""
    zones = {each.options.get("name") for each in sections if (each.config, each.type) == ("firewall", "zone")}
    found = []
    for section in sections:
        found += [f"{section.place}{said}" for said in _section(section, zones)]
    names = [each.options.get("name") for each in sections if (each.config, each.type) == ("firewall", "zone")]
    return found + [f"zone {name} is there twice" for name in sorted({n for n in names if n and names.count(n) > 1})]


def _section(section, zones):
    kind = (section.config, section.type)
    known = KNOWN.get(kind)
    if known is None:
        yield f": sections of type {section.type} are not written here"
        return
    if not section.anonymous and not values.SECTION_NAME.match(section.name):
        yield ": a section's name has letters, digits and `_` only"
    for option in REQUIRED.get(kind, ()):
        if not section.options.get(option):
            yield f".{option} is missing"
    for option, value in section.options.items():
        yield from (f".{option} {said}" for said in _option(known.get(option), value))
    if section.config == "firewall":
        for end in ("src", "dest"):
            zone = section.options.get(end)
            if isinstance(zone, str) and zone not in zones:
                yield f".{end} names no zone of this firewall: {zone}"
    if kind in (("firewall", "rule"), ("firewall", "redirect")):
        yield from _together(section.options)


def _option(check, value):
    if check is None:
        yield "is not an option of this section"
        return
    listed = isinstance(check, list)
    if listed != isinstance(value, list):
        yield f"has to be {'a list' if listed else 'one value'}"
        return
    if listed and not value:
        yield "is an empty list"
    for entry in value if listed else [value]:
        if not isinstance(entry, str):
            yield f"has to be text: {entry!r}"
            continue
        held = (check[0] if listed else check)(entry)
        if held is not True:
            yield f"has to be {held}: {entry!r}"


def _together(options):
    """Options that are right alone, and that fw4 leaves out together, or takes for more."""
    protocol = options.get("proto")
    ports = [option for option in ("src_port", "dest_port", "src_dport") if option in options]
    if ports and protocol not in values.WITH_PORTS:
        yield f".{ports[0]} is left out by fw4 beside proto {protocol}: every port would match"
    if options.get("icmp_type") and protocol != "icmp":
        yield f".icmp_type is left out by fw4 beside proto {protocol}: everything would match"
    families = {option: _families(options.get(option)) for option in ("src_ip", "dest_ip")}
    stated = {"ipv4": {4}, "ipv6": {6}}.get(options.get("family"))
    for option, found in families.items():
        if stated and found and found != stated:
            yield f".{option} is of another family than {options['family']}: fw4 leaves the rule out"
    if families["src_ip"] and families["dest_ip"] and families["src_ip"] != families["dest_ip"]:
        yield ".src_ip and dest_ip are of different families: fw4 leaves the rule out, or half of it"


def _families(value):
    found = set()
    for entry in [value] if isinstance(value, str) else value or ():
        try:
            found.add(ipaddress.ip_network(entry.lstrip("!"), strict=False).version)
        except ValueError:
            continue
    return found
