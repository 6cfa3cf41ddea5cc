# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for `fw4 print`: the ruleset that OpenWrt's firewall makes of its sections, for the options written here.

Written from what fw4 documents and does; not its code. Where its output differs from fw4's, fw4 is right.
"""

from __future__ import annotations

import ipaddress
import json

PORTS = ("tcp", "udp")
INCLUDED = {}


def render(sections):
    """Return the text for a list of Sections of `firewall`."""
    sections = [each for each in sections if each.config == "firewall"]
    defaults = next(each.options for each in sections if each.type == "defaults")
    zones = [each.options for each in sections if each.type == "zone"]
    rules = [rule for each in sections if each.type == "rule" for rule in _rules(each.options)]
    redirects = [each.options for each in sections if each.type == "redirect"]
    INCLUDED.clear()
    for each in sections:
        if each.type == "include" and each.options["position"] == "chain-prepend":
            INCLUDED.setdefault(each.options["chain"], []).append(f'include "{each.options["path"]}"')
    lines = ["table inet fw4", "flush table inet fw4", "", "table inet fw4 {", '\tinclude "/etc/nftables.d/*.nft"']
    for hook in ("input", "forward", "output"):
        lines += _base(hook, defaults, zones, [line for chain, line in rules if chain == hook])
    lines += _chain(
        "handle_reject",
        [
            'meta l4proto tcp reject with tcp reset comment "!fw4: Reject TCP traffic"',
            'reject with icmpx type port-unreachable comment "!fw4: Reject any other traffic"',
        ],
    )
    if defaults.get("synflood_protect") == "1":
        limit = 'limit rate 25/second burst 50 packets return comment "!fw4: Accept SYN packets below rate-limit"'
        lines += _chain("syn_flood", [limit, 'drop comment "!fw4: Drop excess packets"'])
    for zone in zones:
        lines += _zone(zone, rules, redirects)
    lines += _nat(zones, redirects)
    return "\n".join([*lines, "}", ""])


def _base(hook, defaults, zones, rules):
    way, loopback = ("oif", "towards") if hook == "output" else ("iif", "from")
    flow = {"input": "inbound", "forward": "forwarded", "output": "outbound"}[hook]
    policy = {"ACCEPT": "accept"}.get(defaults[hook], "drop")
    invalid = ", invalid : drop" if defaults.get("drop_invalid") == "1" else ""
    lines = [f"type filter hook {hook} priority filter; policy {policy};"]
    if hook != "forward":
        lines.append(f'{way} "lo" accept comment "!fw4: Accept traffic {loopback} loopback"')
    states = f"{{ established : accept, related : accept{invalid} }}"
    lines.append(f'ct state vmap {states} comment "!fw4: Handle {flow} flows"')
    if hook == "input" and defaults.get("synflood_protect") == "1":
        lines.append(
            'tcp flags & (fin | syn | rst | ack) == syn jump syn_flood comment "!fw4: Rate limit TCP syn packets"'
        )
    lines += rules
    for zone in zones:
        said = f'comment "!fw4: Handle {zone["name"]} IPv4/IPv6 {hook} traffic"'
        lines.append(f"{way}name {_set(zone['device'])} jump {hook}_{zone['name']} {said}")
    if defaults[hook] == "REJECT":
        lines.append("jump handle_reject")
    return _chain(hook, lines)


def _zone(zone, rules, redirects):
    name, lines = zone["name"], []
    turned = any(each["src"] == name for each in redirects)
    for hook, verdict in (("input", zone["input"]), ("output", zone["output"]), ("forward", zone["forward"])):
        inside = [line for chain, line in rules if chain == f"{hook}_{name}"]
        if turned and hook in ("input", "forward"):
            what = "redirections" if hook == "input" else "forwards"
            inside.append(f'ct status dnat accept comment "!fw4: Accept port {what}"')
        way = "from" if hook == "input" else "to"
        lines += _chain(f"{hook}_{name}", [*inside, f"jump {verdict.lower()}_{way}_{name}"])
    ends = {("from", zone["input"]), ("to", zone["output"]), ("to", zone["forward"])}
    ends |= {("to", "ACCEPT")} if any(f"accept_to_{name} " in line for _chain_name, line in rules) else set()
    for way, verdict in sorted(ends):
        end = "jump handle_reject" if verdict == "REJECT" else verdict.lower()
        device = f"{'iifname' if way == 'from' else 'oifname'} {_set(zone['device'])}"
        said = f'comment "!fw4: {verdict.lower()} {name} IPv4/IPv6 traffic"'
        lines += _chain(f"{verdict.lower()}_{way}_{name}", [f"{device} counter {end} {said}"])
    return lines


def _rules(options):
    """Yield (chain, line) of one rule."""
    if options.get("enabled") == "0":
        return
    families = {"ipv4": [4], "ipv6": [6]}.get(options.get("family"), [0])
    if options["proto"] == "icmp" and options.get("icmp_type") and families == [0]:
        families = [4, 6]
    for family in families:
        parts = []
        addresses = [
            (way, options[f"{end}_ip"])
            for way, end in (("saddr", "src"), ("daddr", "dest"))
            if options.get(f"{end}_ip")
        ]
        if family and not addresses:
            parts.append(f"meta nfproto ipv{family}")
        if options["proto"] != "all" and not options.get("dest_port") and not options.get("icmp_type"):
            parts.append(f"meta l4proto {options['proto']}")
        for way, listed in addresses:
            keyword = f"{'ip' if family == 4 else 'ip6'} {way}"
            meant = [value for value in listed if not value.startswith("!")]
            others = [value[1:] for value in listed if value.startswith("!")]
            parts += [f"{keyword} {_set(meant, _plain)}"] if meant else []
            parts += [f"{keyword} != {_set(others, _plain)}"] if others else []
        if options.get("dest_port"):
            parts.append(f"{options['proto']} dport {_set(options['dest_port'], str)}")
        if options.get("icmp_type"):
            kind = "icmp" if family == 4 else "icmpv6"
            names = {"echo-request": "8" if family == 4 else "128"}
            parts.append(f"{kind} type {_set([names.get(each, each) for each in options['icmp_type']], str)}")
        target = options["target"].lower()
        if options.get("dest") == "*":
            chain, end = f"forward_{options['src']}", target
        elif "dest" in options:
            chain, end = f"forward_{options['src']}", f"jump {target}_to_{options['dest']}"
        else:
            chain, end = f"input_{options['src']}", "jump handle_reject" if target == "reject" else target
        yield chain, " ".join([*parts, "counter", end, f'comment "!fw4: {options["name"]}"'])


def _nat(zones, redirects):
    before, after, inside = ["type nat hook prerouting priority dstnat; policy accept;"], [], []
    after.append("type nat hook postrouting priority srcnat; policy accept;")
    for zone in zones:
        name, device = zone["name"], _set(zone["device"])
        turned = [each for each in redirects if each["src"] == name]
        if turned:
            before.append(f'iifname {device} jump dstnat_{name} comment "!fw4: Handle {name} IPv4/IPv6 dstnat traffic"')
            lines = [
                f"meta nfproto ipv4 {each['proto']} dport {each['src_dport']} counter dnat "
                f'{each["dest_ip"]}:{each["dest_port"]} comment "!fw4: {each["name"]}"'
                for each in turned
            ]
            inside += _chain(f"dstnat_{name}", lines)
        if zone.get("masq") == "1":
            after.append(f'oifname {device} jump srcnat_{name} comment "!fw4: Handle {name} IPv4/IPv6 srcnat traffic"')
            inside += _chain(
                f"srcnat_{name}", [f'meta nfproto ipv4 masquerade comment "!fw4: Masquerade IPv4 {name} traffic"']
            )
    return [*_chain("dstnat", before), *_chain("srcnat", after), *inside]


def _chain(name, lines):
    # In front of everything but what the router says to itself.
    first = 1 + sum('"lo"' in line for line in lines[:2])
    lines = [*lines[:first], *INCLUDED.get(name, []), *lines[first:]]
    return ["", f"\tchain {name} {{", *(f"\t\t{line}" for line in lines), "\t}"]


def _set(values, write=json.dumps):
    written = list(dict.fromkeys(write(value) for value in ([values] if isinstance(values, str) else values)))
    return written[0] if len(written) == 1 else "{ " + ", ".join(written) + " }"


def _plain(value):
    network = ipaddress.ip_network(value)
    return str(network.network_address) if network.num_addresses == 1 else str(network)
