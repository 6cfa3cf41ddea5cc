# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What UCI has no words for, as rules that fw4 puts in front of its own: {path: text} of the files it includes.

fw4 lets connections pass before it looks at where a packet comes from, and cannot ask for a hop limit.
"""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import WAN

FOLDER = "/etc/hearthwall/nft"
# chain: why something stands before fw4's own rules there
CHAINS = {
    "input": "what a link needs to work; sources that do not belong to their zone are dropped",
    "forward": "sources that do not belong to their zone are dropped, part of a connection or not",
    "dstnat": "only what is sent to the router itself is forwarded to a host",
}
KEYWORDS = {4: ("ip", "ipv4"), 6: ("ip6", "ipv6")}
LISTENERS = "mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report"
HEAD = "# Managed by Hearthwall: the next apply replaces what is changed here.\n"


def path(chain):
    return f"{FOLDER}/{chain}.nft"


def files(policy):
    """Return {path: text}."""
    rules = {"input": _input(policy), "forward": _forward(policy), "dstnat": _dstnat(policy)}
    return {path(chain): HEAD + "".join(f"{rule}\n" for rule in found) for chain, found in rules.items()}


def _input(policy):
    zones = policy.zones.values()
    yield "ct state invalid counter drop"
    yield f"iifname != {_names(zones)} counter drop"
    yield "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept"
    yield f"icmpv6 type {{ {LISTENERS} }} ip6 saddr {{ ::, fe80::/10 }} accept"
    for zone in zones:
        device = f"iifname {_names([zone])}"
        if zone.kind == WAN:
            yield f"{device} icmpv6 type nd-router-advert ip6 hoplimit 255 ip6 saddr fe80::/10 accept"
            yield f"{device} meta nfproto ipv4 udp sport 67 udp dport 68 accept"
            yield f"{device} ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept"
        else:
            yield f"{device} icmpv6 type nd-router-solicit ip6 hoplimit 255 accept"
        if zone.name in policy.router.dhcp and zone.of_family(4):
            yield f"{device} ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept"
    for zone in zones:
        yield from _spoofed(policy, zone, link=True)


def _forward(policy):
    zones = policy.zones.values()
    yield "ct state invalid counter drop"
    yield f"iifname != {_names(zones)} counter drop"
    yield f"oifname != {_names(zones)} counter drop"
    for zone in zones:
        yield from _spoofed(policy, zone, link=False)


def _dstnat(policy):
    yield "fib daddr type { unicast, broadcast, multicast, anycast } accept"


def _spoofed(policy, zone, link):
    """Yield the rules that drop the sources that are not the zone's; ``link``: link-local ones are everybody's."""
    device = f"iifname {_names([zone])}"
    for version, (keyword, family) in KEYWORDS.items():
        nearby = ["fe80::/10"] if version == 6 else []
        if zone.kind == WAN:
            inside = [str(network) for each in policy.inside for network in each.of_family(version)]
            wrong = inside if link else inside + nearby
            if wrong:
                yield f"{device} {keyword} saddr {_set(wrong)} counter drop"
            continue
        right = [str(network) for network in zone.of_family(version)] + (nearby if link else [])
        if right:
            yield f"{device} {keyword} saddr != {_set(right)} counter drop"
        else:
            yield f"{device} meta nfproto {family} counter drop"


def _names(zones):
    return _set([f'"{interface}"' for zone in zones for interface in zone.interfaces])


def _set(values):
    return values[0] if len(values) == 1 else f"{{ {', '.join(values)} }}"
