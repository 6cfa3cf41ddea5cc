# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RouterOS' rules in the words of nftables, so that one proof judges both: {"nftables": […]} as nft would list them.

RouterOS filters with the kernel's own hooks, first match decides, and accepts what no rule decides. What cannot be read
stays in its rule as an expression that nobody knows, so that the rule counts as unknown, never as absent.
"""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros import menus, words

TABLE = "routeros"
FAMILIES = {"/ip/firewall": "ip", "/ipv6/firewall": "ip6"}
# menu: {chain: (hook, type, priority)}
HOOKS = {
    "raw": {"prerouting": ("prerouting", "filter", -300), "output": ("output", "filter", -300)},
    "filter": {"input": ("input", "filter", 0), "forward": ("forward", "filter", 0), "output": ("output", "filter", 0)},
    "nat": {"dstnat": ("prerouting", "nat", -100), "srcnat": ("postrouting", "nat", 100)},
}
VERDICTS = {"accept": "accept", "drop": "drop", "reject": "reject", "tarpit": "drop", "return": "return"}
TRANSLATIONS = {"dst-nat": "dnat", "src-nat": "snat"}
SILENT = ("log", "passthrough", "fasttrack-connection", "add-src-to-address-list", "add-dst-to-address-list", "notrack")
PROTOCOLS = {"icmpv6": "ipv6-icmp", "ipsec-esp": "esp", "ipsec-ah": "ah"}
COMPARE = {"equal": "==", "not-equal": "!=", "less-than": "<", "greater-than": ">"}
NARROWING = tuple(
    option for option in menus.RULE_OPTIONS if option not in ("chain", "action", "jump-target", "disabled")
)
TO = ("to-addresses", "to-ports")


def document(state):
    """Return the document for what a router has: {path: [entry, …]}."""
    items = []
    for prefix, family in FAMILIES.items():
        items.append({"table": {"family": family, "name": TABLE, "handle": 0}})
        chains, rules = {}, []
        for kind, hooks in HOOKS.items():
            path = f"{prefix}/{kind}"
            for name, (hook, sort, priority) in hooks.items():
                chains[f"{kind}-{name}"] = {"type": sort, "hook": hook, "prio": priority, "policy": "accept"}
            for number, entry in enumerate(state.get(path, ()), 1):
                if words.yes(entry, "disabled") or words.yes(entry, "invalid"):
                    continue
                chains.setdefault(f"{kind}-{entry['chain']}", {})
                rules += _rule(_Reader(state, prefix, family), kind, entry, number)
        for rule in rules:
            for part in rule["expr"]:
                if "jump" in part:
                    chains.setdefault(part["jump"]["target"], {})
        for number, (name, body) in enumerate(chains.items(), 1):
            items.append({"chain": {"family": family, "table": TABLE, "name": name, "handle": number, **body}})
        items += [{"rule": {"family": family, "table": TABLE, **rule}} for rule in rules]
    return {"nftables": items}


def _rule(reader, kind, entry, number):
    """Return the rule of an entry; none where it can never match."""
    matches = reader.matches(entry)
    if matches is None:
        return []
    name = f"{kind}-{entry['chain']}"
    comment = str(entry.get("comment", "")) or f"{kind} rule {number}"
    return [{"chain": name, "handle": number, "comment": comment, "expr": [*matches, *_action(reader, kind, entry)]}]


def _action(reader, kind, entry):
    action = str(entry.get("action", "accept"))
    if action in VERDICTS:
        return [{VERDICTS[action]: None}]
    if action == "jump":
        return [{"jump": {"target": f"{kind}-{entry['jump-target']}"}}]
    if action in SILENT:
        return []
    if action == "masquerade":
        return [{"masquerade": None}]
    if action in TRANSLATIONS and entry.get("to-addresses") and _address(str(entry["to-addresses"])):
        body = {"family": reader.family, "addr": str(entry["to-addresses"])}
        port = str(entry.get("to-ports", ""))
        if port and not port.isdecimal():
            return [{"unreadable": f"to-ports={port}"}]
        return [{TRANSLATIONS[action]: {**body, "port": int(port)} if port else body}]
    return [{"unreadable": f"action={action}"}, {"queue": None}]


class _Reader:
    """What a rule asks of a packet, with the lists that it names."""

    def __init__(self, state, prefix, family):
        self.state, self.prefix, self.family = state, prefix, family

    def matches(self, entry):
        """Return the expressions; None where nothing can fit."""
        found = []
        protocol = str(entry.get("protocol", "")).lstrip("!")
        for option in NARROWING:
            value = words.text(entry.get(option, ""))
            if not value or option in TO:
                continue
            negated, plain = value.startswith("!"), value.lstrip("!")
            read = self._read(option, plain, protocol)
            if read is None:
                found.append({"unreadable": f"{option}={value}"})
            elif read == EMPTY:
                if not negated:
                    return None
            elif negated and len(read) > 1:
                found.append({"unreadable": f"{option}={value}"})
            else:
                found += [_negated(each) for each in read] if negated else read
        return found

    def _read(self, option, value, protocol):
        """Return the expressions of one option, EMPTY where it names an empty list, None where it cannot be read."""
        if option in ("in-interface", "out-interface"):
            return [_match({"meta": {"key": f"{'i' if option[0] == 'i' else 'o'}ifname"}}, value)]
        if option in ("in-interface-list", "out-interface-list"):
            return self._members(
                {"meta": {"key": f"{'i' if option[0] == 'i' else 'o'}ifname"}}, self._interfaces(value)
            )
        if option in ("src-address", "dst-address"):
            address = _address(value)
            return [_match(self._end(option), address)] if address is not None else None
        if option in ("src-address-list", "dst-address-list"):
            return self._members(self._end(option), self._addresses(value))
        if option in ("src-address-type", "dst-address-type"):
            fib = {"fib": {"result": "type", "flags": [f"{option[0]}addr"]}}
            return [_match(fib, value)] if "," not in value else None
        if option == "protocol":
            return [_match({"meta": {"key": "l4proto"}}, PROTOCOLS.get(value, value))]
        if option in ("src-port", "dst-port"):
            spans = [_span(part) for part in value.split(",")]
            left = {"payload": {"protocol": protocol or "th", "field": f"{option[0]}port"}}
            return None if None in spans else [_match(left, spans[0] if len(spans) == 1 else {"set": spans})]
        if option == "icmp-options":
            return _icmp(value, "icmp" if self.family == "ip" else "icmpv6")
        if option == "connection-state":
            return [_match({"ct": {"key": "state"}}, value.split(","), "in")]
        if option == "connection-nat-state" and value == "dstnat":
            return [_match({"ct": {"key": "status"}}, "dnat", "in")]
        if option == "hop-limit":
            sort, _colon, number = value.partition(":")
            left = {"payload": {"protocol": "ip6", "field": "hoplimit"}}
            return [_match(left, int(number), COMPARE[sort])] if sort in COMPARE and number.isdecimal() else None
        return None

    def _end(self, option):
        return {"payload": {"protocol": self.family, "field": f"{option[0]}addr"}}

    @staticmethod
    def _members(left, members):
        if members is None:
            return None
        return [_match(left, {"set": members})] if members else EMPTY

    def _interfaces(self, name):
        lists = [each for each in self.state.get(menus.LIST.path, ()) if each.get("name") == name]
        if not lists or any(each.get("include") or each.get("exclude") for each in lists):
            return None
        if words.yes(lists[0], "builtin"):
            return None
        entries = self.state.get(menus.MEMBER.path, ())
        return [each["interface"] for each in entries if each.get("list") == name and not words.yes(each, "disabled")]

    def _addresses(self, name):
        entries = self.state.get(f"{self.prefix}/address-list", ())
        mine = [each for each in entries if each.get("list") == name and not words.yes(each, "disabled")]
        found = [_address(str(each["address"])) for each in mine]
        return None if None in found else found


EMPTY = "empty"


def _match(left, right, operator="=="):
    return {"match": {"op": operator, "left": left, "right": right}}


def _negated(expression):
    match = expression["match"]
    opposite = {"==": "!=", "!=": "==", "in": "!=", "<": ">=", ">": "<="}[match["op"]]
    right = match["right"]
    if isinstance(right, list):
        right = {"set": right} if len(right) > 1 else right[0]
    return _match(match["left"], right, opposite)


def _icmp(value, protocol):
    kind, _colon, codes = value.partition(":")
    if not kind.isdecimal():
        return None
    found = [_match({"payload": {"protocol": protocol, "field": "type"}}, int(kind))]
    if codes and codes != "0-255":
        span = _span(codes)
        if span is None:
            return None
        found.append(_match({"payload": {"protocol": protocol, "field": "code"}}, span))
    return found


def _span(text):
    low, dash, high = text.partition("-")
    if not low.isdecimal() or (dash and not high.isdecimal()):
        return None
    return {"range": [int(low), int(high)]} if dash else int(low)


def _address(text):
    """Return an address, network or range as nft lists it; None where it is none."""
    low, dash, high = text.partition("-")
    try:
        if dash:
            ipaddress.ip_address(low)
            ipaddress.ip_address(high)
            return {"range": [low, high]}
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    if network.num_addresses == 1:
        return str(network.network_address)
    return {"prefix": {"addr": str(network.network_address), "len": network.prefixlen}}
