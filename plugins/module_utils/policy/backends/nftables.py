# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compiles a policy to nftables: one table, whose text is the same for the same policy.

    text = compiled(policy)         # every zone has its interface: see Policy.with_interfaces

`nft -f` loads it in one transaction, in place of what was there. The table drops by default, so that no rule of
another table can open what it keeps closed. The way of a packet that is forwarded:

    forward -> from-<zone> (is the source of this zone? part of a connection?) -> <zone>-to-<zone> (the flows)
"""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.policy import model
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends import nft_text as nft
from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import GROUPS
from ansible_collections.hearthwall.home.plugins.module_utils.policy.services import WELL_KNOWN

TABLE = "hearthwall_policy"
FAMILIES = {4: ("ip", "ipv4"), 6: ("ip6", "ipv6")}


def compiled(policy):
    """Return the text of the table ``inet hearthwall_policy`` for a policy whose zones all have interfaces."""
    missing = policy.without_interface()
    if missing:
        raise ValueError(f"the interfaces of {', '.join(missing)} are not known: name them, or give them by zone")
    return _Compiler(policy).text()


class _Compiler:
    def __init__(self, policy):
        self.policy = policy
        self.sets = nft.Sets(policy)
        self.counters = ["invalid", "spoofed", "unknown-interface"]

    def text(self):
        chains = [*self._forward(), *self._input(), *self._translation()]
        blocks = [*self.sets.blocks(), *(f"counter {name} {{\n\t}}" for name in self.counters), *chains]
        body = "\n\n".join(f"\t{block}" for block in blocks)
        return f"table inet {TABLE}\ndelete table inet {TABLE}\n\ntable inet {TABLE} {{\n{body}\n}}\n"

    # Forwarded packets

    def _forward(self):
        zones = list(self.policy.zones.values())
        every = nft.names(interface for zone in zones for interface in zone.interfaces)
        yield nft.chain(
            "forward",
            "type filter hook forward priority filter; policy drop;",
            'ct state invalid counter name "invalid" drop',
            f'oifname != {every} counter name "unknown-interface" drop',
            f"iifname vmap {nft.vmap(_dispatch(zones, 'goto from-{}'))}",
            'counter name "unknown-interface" drop',
        )
        for zone in zones:
            yield from self._from(zone, zones)

    def _from(self, zone, zones):
        ways = {target.name: self._between(zone, target) for target in zones if target is not zone}
        ways = {name: rules for name, rules in ways.items() if rules}
        targets = _dispatch([each for each in zones if each.name in ways], f"jump {zone.name}-to-{{}}")
        if zone.intra == model.ALLOW:
            targets += [(interface, "accept") for interface in zone.interfaces]
        self.counters.append(f"denied-from-{zone.name}")
        yield nft.chain(
            f"from-{zone.name}",
            *self._spoofed(zone, link=False),
            "ct state established,related accept",
            *([f"oifname vmap {nft.vmap(targets)}"] if targets else []),
            f'counter name "denied-from-{zone.name}" drop',
        )
        for name, rules in ways.items():
            yield nft.chain(f"{zone.name}-to-{name}", *rules)

    def _spoofed(self, zone, link):
        """Return the rules that drop sources that are not the zone's; ``link``: those of the link are."""
        drop = 'counter name "spoofed" drop'
        if zone.kind == model.WAN:
            rules = [
                f"{keyword} saddr @{self.sets.inside(version)} {drop}"
                for version, (keyword, _name) in FAMILIES.items()
                if self.sets.inside(version)
            ]
            return rules if link else [*rules, f"ip6 saddr fe80::/10 {drop}"]
        rules = []
        for version, (keyword, name) in FAMILIES.items():
            others = [f"{keyword} saddr != @{self.sets.zone(zone, version)}"] if zone.of_family(version) else []
            if version == 6 and link:
                others.append("ip6 saddr != fe80::/10")
            rules.append(f"{' '.join(others) or f'meta nfproto {name}'} {drop}")
        return rules

    def _between(self, zone, target):
        rules = []
        if zone.kind == model.WAN:
            rules += [self._forwarded(each) for each in self.policy.forwards if self._host(each).zone == target.name]
        for flow in self.policy.flows:
            for source, destination in flow.pairs():
                if (source.zone, destination.zone) == (zone.name, target.name):
                    rules += self._flow(source, destination, flow.services, nft.comment(flow.why, flow.until))
        if zone.internet == model.ALLOW and target.kind == model.WAN:
            end = model.Endpoint(model.INTERNET, model.INTERNET, target.name)
            mine = model.Endpoint("zone", zone.name, zone.name)
            rules += self._flow(mine, end, (WELL_KNOWN[model.ANY],), nft.comment("internet access"))
        return rules

    def _flow(self, source, destination, services, comment):
        """Return the rules of one pair of endpoints: one for each family that must be told apart, and protocol."""
        rules = []
        for version in self._versions(source, destination):
            ends = [self._end("saddr", source, version), self._end("daddr", destination, version)]
            for wanted in nft.services(services, version):
                rules.append(" ".join(part for part in (*ends, wanted, "counter accept", comment) if part))
        return rules

    def _versions(self, source, destination):
        """Return the families that need rules of their own; None: one rule is good for both."""
        if source.kind == "zone" and destination.kind in ("zone", model.ROUTER):
            return (None,)
        return tuple(
            version
            for version in FAMILIES
            if all(
                end.kind != "host" or any(each.version == version for each in self.policy.hosts[end.name].addresses)
                for end in (source, destination)
            )
        )

    def _end(self, side, end, version):
        if version is None:
            return ""
        keyword = FAMILIES[version][0]
        if end.kind == "host":
            return f"{keyword} {side} @{self.sets.host(self.policy.hosts[end.name], version)}"
        if end.kind == model.INTERNET:
            return f"{keyword} {side} != @{self.sets.not_internet(version)}"
        return ""

    # To the router

    def _input(self):
        zones = list(self.policy.zones.values())
        yield nft.chain(
            "input",
            "type filter hook input priority filter; policy drop;",
            'iifname "lo" accept',
            'ct state invalid counter name "invalid" drop',
            f"iifname vmap {nft.vmap(_dispatch(zones, 'goto {}-to-router'))}",
            'counter name "unknown-interface" drop',
        )
        yield nft.chain(
            "link",
            "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept",
            "icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } "
            "ip6 saddr { ::, fe80::/10 } accept",
        )
        for zone in zones:
            yield self._to_router(zone)

    def _to_router(self, zone):
        router = self.policy.router
        serves = zone.name in router.dhcp
        rules = ["jump link"]
        if zone.kind == model.WAN:
            rules += [
                "icmpv6 type nd-router-advert ip6 hoplimit 255 ip6 saddr fe80::/10 accept",
                "meta nfproto ipv4 udp sport 67 udp dport 68 accept",
                "ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept",
            ]
        else:
            rules.append("icmpv6 type nd-router-solicit ip6 hoplimit 255 accept")
        if serves and zone.of_family(4):
            rules.append("ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept")
        rules += self._spoofed(zone, link=True)
        rules.append("ct state established,related accept")
        own = model.Endpoint(model.ROUTER, model.ROUTER)
        for source in router.manage:
            if source.zone == zone.name:
                rules += self._flow(source, own, router.manage_services, nft.comment("management"))
        for flow in self.policy.flows:
            for source, destination in flow.pairs():
                if (source.zone, destination.kind) == (zone.name, model.ROUTER):
                    rules += self._flow(source, own, flow.services, nft.comment(flow.why, flow.until))
        if serves and zone.of_family(4):
            rules.append("meta nfproto ipv4 udp dport 67 accept")
        if serves and zone.of_family(6):
            rules.append("meta nfproto ipv6 udp dport 547 accept")
        anywhere = model.Endpoint("zone", zone.name, zone.name)
        for key in ("dns", "ntp"):
            if zone.name in getattr(router, key):
                rules += self._flow(anywhere, own, (WELL_KNOWN[key],), "")
        for reflection in self.policy.reflect:
            if zone.name in reflection.zones:
                rules += _heard(reflection)
        self.counters.append(f"denied-to-router-from-{zone.name}")
        rules.append(f'counter name "denied-to-router-from-{zone.name}" drop')
        return nft.chain(f"{zone.name}-to-router", *rules)

    # Translated addresses

    def _translation(self):
        wan = self.policy.wan
        if wan and self.policy.forwards:
            yield nft.chain(
                "prerouting",
                "type nat hook prerouting priority dstnat; policy accept;",
                *(self._translated(wan, each) for each in self.policy.forwards),
            )
        if wan and wan.masquerade:
            yield nft.chain(
                "postrouting",
                "type nat hook postrouting priority srcnat; policy accept;",
                f"meta nfproto ipv4 oifname {nft.names(wan.interfaces)} counter masquerade",
            )

    def _translated(self, wan, forward):
        ports = nft.ports([(forward.low, forward.high)])
        if forward.low == forward.high:
            to = f"{self._host(forward).ip4}:{forward.to_port}"
        elif forward.to_port == forward.low:
            to = f"{self._host(forward).ip4}"
        else:
            pairs = zip(range(forward.low, forward.high + 1), range(forward.to_port, forward.to_high + 1))
            moved = ", ".join(f"{port} : {to_port}" for port, to_port in pairs)
            to = f"{self._host(forward).ip4} : {forward.protocol} dport map {{ {moved} }}"
        return (
            f"iifname {nft.names(wan.interfaces)} fib daddr type local {forward.protocol} dport {ports} "
            f"counter dnat ip to {to} {nft.comment(forward.why)}"
        )

    def _forwarded(self, forward):
        """Return the rule that lets a translated packet pass: only what came to the forwarded port."""
        return (
            f"ct status dnat ip daddr @{self.sets.host(self._host(forward), 4)} "
            f"{forward.protocol} dport {nft.ports([(forward.to_port, forward.to_high)])} "
            f"ct original proto-dst {nft.ports([(forward.low, forward.high)])} "
            f"counter accept {nft.comment(forward.why)}"
        )

    def _host(self, forward):
        return self.policy.hosts[forward.host]


def _dispatch(zones, verdict):
    return [(interface, verdict.format(zone.name)) for zone in zones for interface in zone.interfaces]


def _heard(reflection):
    port, groups = GROUPS[reflection.service]
    four = [group for group in groups if ":" not in group]
    six = [group for group in groups if ":" in group]
    comment = nft.comment(f"{reflection.service} is repeated to other zones")
    yield f"ip daddr {nft.listed(four)} udp dport {port} accept {comment}"
    yield f"ip6 daddr {nft.listed(six)} udp dport {port} accept {comment}"
