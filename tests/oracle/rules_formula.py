# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of `nft -j list ruleset` as a formula: shares nothing with the collection's own reader."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

import z3
from packet import ESTABLISHED, NEW, RELATED, STATES, Fate, within

PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "ipv6-icmp": 58}
TYPES = {
    "icmp": {"echo-request": 8},
    "icmpv6": {
        "echo-request": 128,
        "mld-listener-query": 130,
        "mld-listener-report": 131,
        "mld-listener-done": 132,
        "mld2-listener-report": 143,
        "nd-router-solicit": 133,
        "nd-router-advert": 134,
        "nd-neighbor-solicit": 135,
        "nd-neighbor-advert": 136,
    },
}
# Fields that every hook sees alike.
SIGHTLESS = re.compile("'(saddr|sport|state|nfproto|l4proto|hoplimit)'|'field': 'type'")
SAID_NOTHING = ("counter", "log")


@dataclass
class Sight:
    """A packet as the rules of one hook see it."""

    inbound: z3.BitVecRef
    outbound: z3.BitVecRef | None
    destination4: z3.BitVecRef
    port: z3.BitVecRef
    local: bool
    translated: z3.BoolRef
    original_port: z3.BitVecRef


class RulesFormula:
    def __init__(self, document, packet, zones, deletable=False):
        """``zones``: the description's zones, for the way to a translated destination and for broadcasts.

        ``deletable``: give every rule a variable that says whether it is there (``present``, by its place).
        """
        self.packet, self.zones = packet, zones
        self.present, self._read = {}, {}
        self.chains, self.rules, self.sets = {}, {}, {}
        for number, item in enumerate(document["nftables"]):
            ((kind, body),) = item.items()
            if kind == "chain":
                self.chains[body["name"]] = body
                self.rules.setdefault(body["name"], [])
            elif kind == "rule":
                self.rules[body["chain"]].append((number, body["expr"]))
                if deletable:
                    self.present[number] = z3.Bool(f"rule{number}")
            elif kind == "set":
                self.sets[body["name"]] = body.get("elem", [])

    def fate(self):
        p = self.packet
        old = z3.Or(p.state == ESTABLISHED, p.state == RELATED)
        first = p.state == NEW
        untouched = z3.And(old, p.was_translated)
        original = z3.If(old, p.was_port, p.port)

        def seen(outbound, local, destination, port, translated, original_port):
            return Sight(p.inbound, outbound, destination, port, local, translated, original_port)

        here = p.outbound == p.number("router")
        arriving = {local: seen(None, local, p.destination4, p.port, untouched, original) for local in (True, False)}
        moved, address, port = z3.BoolVal(False), z3.BitVecVal(0, 32), p.port
        for matched, to_address, to_port in reversed(self.translations(arriving)):
            matched = z3.And(first, matched)
            moved = z3.Or(matched, moved)
            address, port = z3.If(matched, to_address, address), z3.If(matched, to_port, port)
        way = self.way_to(address)
        plain = seen(p.outbound, False, p.destination4, p.port, untouched, original)
        turned = seen(way, False, address, port, z3.BoolVal(True), p.port)
        allowed = z3.If(
            moved,
            self.hook("forward", turned),
            z3.If(here, self.hook("input", arriving[True]), self.hook("forward", plain)),
        )
        masqueraded = z3.If(moved, self.masquerades(turned), z3.And(z3.Not(here), self.masquerades(plain)))
        return Fate(allowed, moved, address, port, z3.And(first, masqueraded))

    # Hooks and chains

    def hook(self, hook, sight):
        """Every base chain of a hook accepts."""
        found = []
        for name, chain in self.chains.items():
            if chain.get("hook") == hook and chain["type"] == "filter":
                end = z3.BoolVal(chain.get("policy") != "drop")
                found.append(self.chain(name, sight, end, end))
        return z3.And(found)

    def chain(self, name, sight, end, after):
        """Return whether a packet is accepted that enters a chain: ``after`` for one that comes to the chain's end,
        ``end`` for one that comes to the end of the base chain.
        """
        accepted = after
        for number, expressions in reversed(self.rules[name]):
            for matched, (kind, target) in reversed(self.verdicts(expressions, sight)):
                matched = self.kept(number, matched)
                if kind == "accept":
                    accepted = z3.Or(matched, accepted)
                elif kind in ("drop", "reject"):
                    accepted = z3.And(z3.Not(matched), accepted)
                else:
                    inside = {
                        "return": lambda: after,
                        "jump": lambda: self.chain(target, sight, end, accepted),  # noqa: B023 (called at once)
                        "goto": lambda: self.chain(target, sight, end, end),  # noqa: B023
                    }[kind]()
                    accepted = z3.If(matched, inside, accepted)
        return accepted

    def kept(self, number, matched):
        """A rule that is deleted matches nothing."""
        return z3.And(self.present[number], matched) if self.present else matched

    def verdicts(self, expressions, sight):
        """Return [(matched, (verdict, chain))] of a rule."""
        matched, found = [], []
        for expression in expressions:
            ((kind, body),) = expression.items()
            if kind == "match":
                matched.append(self.match(body, sight))
            elif kind == "vmap":
                for wanted, verdict in body["data"]["set"]:
                    ((name, target),) = verdict.items()
                    hit = self.match({"op": "==", "left": body["key"], "right": wanted}, sight)
                    found.append((z3.And(*matched, hit), (name, (target or {}).get("target"))))
            elif kind in ("accept", "drop", "return", "jump", "goto", "reject"):
                target = body["target"] if kind in ("jump", "goto") else None
                found.append((z3.And(matched), (kind, target)))
            else:
                assert kind in SAID_NOTHING, kind
        return found

    # Translation

    def translations(self, arriving):
        """Return [(matched, new address, new port)] of the rules that translate destinations."""
        p, found = self.packet, []
        here = p.outbound == p.number("router")
        for name, chain in self.chains.items():
            if chain.get("hook") != "prerouting":
                continue
            for number, expressions in self.rules[name]:
                ((kind, body),) = expressions[-1].items()
                assert kind == "dnat"
                matched = self.kept(number, z3.BoolVal(True))
                for expression in expressions[:-1]:
                    if "match" in expression:
                        both = [self.match(expression["match"], arriving[local]) for local in (True, False)]
                        matched = z3.And(matched, z3.If(here, both[0], both[1]))
                address = z3.BitVecVal(int(ipaddress.ip_address(body["addr"])), 32)
                port = body.get("port")
                if isinstance(port, dict):
                    for old, new in port["map"]["data"]["set"]:
                        found.append((z3.And(matched, p.port == old), address, z3.BitVecVal(new, 16)))
                else:
                    found.append((matched, address, p.port if port is None else z3.BitVecVal(port, 16)))
        return [(z3.And(z3.Not(p.ip6), matched), address, port) for matched, address, port in found]

    def way_to(self, address):
        """The interface that a translated destination is behind."""
        wan = next((zone for zone in self.zones.values() if zone.get("kind") == "wan"), None)
        way = z3.BitVecVal(self.number(wan), 8) if wan else z3.BitVecVal(self.packet.number("stranger0"), 8)
        for zone in self.zones.values():
            cidrs = zone.get("cidr4", [])
            for cidr in cidrs if isinstance(cidrs, list) else [cidrs]:
                if zone is not wan:
                    way = z3.If(within(address, ipaddress.ip_network(cidr)), z3.BitVecVal(self.number(zone), 8), way)
        return way

    def number(self, zone):
        first = zone["interface"]
        return self.packet.number(first[0] if isinstance(first, list) else first)

    def masquerades(self, sight):
        found = []
        for name, chain in self.chains.items():
            if chain.get("hook") == "postrouting":
                for number, expressions in self.rules[name]:
                    matched = [self.match(each["match"], sight) for each in expressions if "match" in each]
                    assert "masquerade" in expressions[-1]
                    found.append(self.kept(number, z3.And(matched)))
        return z3.Or(found)

    # Matches

    def match(self, body, sight):
        """What a match asks for; what does not hang on the hook is read once."""
        key = id(body) if SIGHTLESS.search(str(body["left"])) else (id(body), id(sight))
        if key not in self._read:
            self._read[key] = (body, sight, self.formula(body, sight))  # kept, so that no id comes twice
        return self._read[key][2]

    def formula(self, body, sight):
        left, right, operator = body["left"], body["right"], body.get("op", "==")
        ((what, inner),) = left.items()
        possible, variable, words = getattr(self, f"_{what}")(inner, sight)
        if what == "fib":
            held = variable if right == "local" else z3.Not(variable)
        elif what == "ct" and inner["key"] == "status":
            assert right == "dnat"
            held = variable
        else:
            held = self.among(variable, right, words)
        return z3.And(possible, z3.Not(held) if operator == "!=" else held)

    def among(self, variable, right, words):
        if isinstance(right, dict) and "set" in right:
            right = right["set"]
        if isinstance(right, str) and right.startswith("@"):
            right = self.sets[right[1:]]
        if isinstance(right, list):
            return z3.Or([self.among(variable, each, words) for each in right])
        if isinstance(right, dict) and "prefix" in right:
            return within(variable, ipaddress.ip_network((right["prefix"]["addr"], right["prefix"]["len"])))
        if isinstance(right, dict) and "range" in right:
            low, high = (self.value(each, words) for each in right["range"])
            return z3.And(z3.UGE(variable, low), z3.ULE(variable, high))
        return variable == self.value(right, words)

    def value(self, word, words):
        if isinstance(word, int):
            return word
        return words(word)

    def _meta(self, body, sight):
        p, key, always = self.packet, body["key"], z3.BoolVal(True)
        if key == "iifname":
            return always, sight.inbound, p.number
        if key == "oifname":
            return always, sight.outbound, p.number
        if key == "nfproto":
            return always, z3.If(p.ip6, z3.BitVecVal(6, 8), z3.BitVecVal(4, 8)), {"ipv4": 4, "ipv6": 6}.__getitem__
        assert key == "l4proto", key
        return always, p.protocol, PROTOCOLS.__getitem__

    def _payload(self, body, sight):
        p, protocol, name = self.packet, body["protocol"], body["field"]
        if protocol in ("ip", "ip6"):
            of = {
                ("ip", "saddr"): p.source4,
                ("ip", "daddr"): sight.destination4,
                ("ip6", "saddr"): p.source6,
                ("ip6", "daddr"): p.destination6,
                ("ip6", "hoplimit"): p.hops,
            }[(protocol, name)]
            return p.ip6 == (protocol == "ip6"), of, lambda word: int(ipaddress.ip_address(word))
        carried = p.protocol == PROTOCOLS[protocol]
        if protocol in TYPES:
            return z3.And(carried, p.ip6 == (protocol == "icmpv6")), p.type, TYPES[protocol].__getitem__
        return carried, {"dport": sight.port, "sport": p.source_port}[name], None

    def _ct(self, body, sight):
        if body["key"] == "state":
            return z3.BoolVal(True), self.packet.state, STATES.index
        if body["key"] == "status":
            return z3.BoolVal(True), sight.translated, None
        assert (body["key"], body["dir"]) == ("proto-dst", "original")
        return z3.BoolVal(True), sight.original_port, None

    def _fib(self, body, sight):
        assert body == {"result": "type", "flags": ["daddr"]}
        p = self.packet
        many = [ipaddress.ip_network("224.0.0.0/4"), ipaddress.ip_network("255.255.255.255")]
        for zone in self.zones.values():
            cidrs = zone.get("cidr4", [])
            networks = [ipaddress.ip_network(each) for each in (cidrs if isinstance(cidrs, list) else [cidrs])]
            many += [ipaddress.ip_network(each.broadcast_address) for each in networks if each.prefixlen < 31]
        one4 = z3.Not(z3.Or([within(p.destination4, each) for each in many]))
        one6 = z3.Not(within(p.destination6, ipaddress.ip_network("ff00::/8")))
        return z3.BoolVal(True), z3.And(sight.local, z3.If(p.ip6, one6, one4)), None
