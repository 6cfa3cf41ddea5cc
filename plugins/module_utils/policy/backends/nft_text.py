# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How nftables writes things: chains, sets that are declared once they are used, ports, comments."""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.policy import model, spans
from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import internet

# What the kernel keeps of a comment.
LONGEST = 120
TYPES = {4: "ipv4_addr", 6: "ipv6_addr"}
HIGHEST = {4: (1 << 32) - 1, 6: (1 << 128) - 1}


def chain(name, *lines):
    return f"chain {name} {{\n" + "".join(f"\t\t{line}\n" for line in lines) + "\t}"


def listed(values):
    """Return one value, or an anonymous set of several."""
    values = list(values)
    return values[0] if len(values) == 1 else f"{{ {', '.join(values)} }}"


def names(interfaces):
    return listed(f'"{name}"' for name in interfaces)


def vmap(pairs):
    return f"{{ {', '.join(f'{chr(34)}{name}{chr(34)} : {verdict}' for name, verdict in pairs)} }}"


def ports(ranges):
    return listed(f"{low}-{high}" if low != high else str(low) for low, high in spans.union(ranges))


def services(wanted, version):
    """Return the matches of services: one for each protocol. ``version`` None: for both families."""
    every = [each for service in wanted for each in service.ports]
    if any(each.protocol == model.ANY for each in every):
        return [""]
    found = []
    for protocol in ("tcp", "udp"):
        ranges = [(each.low, each.high) for each in every if each.protocol == protocol]
        if ranges:
            found.append(f"{protocol} dport {ports(ranges)}")
    if any(each.protocol == model.PING for each in every):
        found += ["icmp type echo-request"] if version != 6 else []
        found += ["icmpv6 type echo-request"] if version != 4 else []
    return found


def comment(text, until=None):
    """Return the comment of a rule; what nft cannot carry in one is left out."""
    if until:
        text = f"{text} (until {until})"
    plain = "".join(letter if letter.isprintable() and letter not in '"\\' else " " for letter in text)
    short = " ".join(plain.split()).encode()[:LONGEST].decode(errors="ignore").strip()
    return f'comment "{short}"' if short else ""


class Sets:
    """The named sets of a policy; a set is declared when something has asked for its name."""

    def __init__(self, policy):
        self._policy = policy
        self._internet = internet(policy)
        self._asked = {}

    def blocks(self):
        """Return the declarations, in the order of their names."""
        return [
            f"set {name} {{\n\t\ttype {TYPES[version]}\n"
            + ("\t\tflags interval\n" if interval else "")
            + f"\t\telements = {{ {', '.join(elements)} }}\n\t}}"
            for name, (version, interval, elements) in sorted(self._asked.items())
        ]

    def zone(self, zone, version):
        return self._networks(f"{zone.name}-{version}", version, zone.of_family(version))

    def inside(self, version):
        """The networks of every zone but the WAN; None where there are none."""
        networks = [network for zone in self._policy.inside for network in zone.of_family(version)]
        return self._networks(f"inside-{version}", version, networks) if networks else None

    def host(self, host, version):
        address = host.ip4 if version == 4 else host.ip6
        self._asked[f"{host.name}-{version}"] = (version, False, [str(address)])
        return f"{host.name}-{version}"

    def not_internet(self, version):
        outside = spans.complement(self._internet[version], HIGHEST[version])
        self._asked[f"not-internet-{version}"] = (version, True, [_interval(*span, version) for span in outside])
        return f"not-internet-{version}"

    def _networks(self, name, version, networks):
        merged = spans.of_networks(networks)
        self._asked[name] = (version, True, [_interval(*span, version) for span in merged])
        return name


def _interval(low, high, version):
    make = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    nets = list(ipaddress.summarize_address_range(make(low), make(high)))
    return str(nets[0]) if len(nets) == 1 else f"{make(low)}-{make(high)}"
