# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every destination NAT of a ruleset: one entry per protocol and port, and what of it cannot be read.

What narrows a rule and cannot be understood is left out: a forward is rather reported wider than it is than missed.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace

from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import members, plain

ANY = None
MOST = 512


@dataclass(frozen=True)
class Seen:
    """What the rules on the way to a DNAT statement ask of a packet; None: nothing."""

    interfaces: tuple | None = ANY
    not_interfaces: tuple = ()
    protocols: tuple | None = ANY
    ports: tuple | None = ANY
    destinations: tuple | None = ANY
    sources: tuple | None = ANY
    unread: tuple = field(default=())


def forwards(ruleset):
    """Return (forwards, unknown): the DNAT rules of every prerouting NAT chain, and reasons for what is unreadable."""
    found, unknown = [], []
    for family in ("ip", "ip6"):
        for key in ruleset.base_chains("prerouting", family, kinds=("nat",)):
            _chain(ruleset, key, Seen(), 0, found, unknown, key)
    # A chain of family inet is met by both kinds of packets.
    seen, once = set(), []
    for entry in found:
        mark = tuple(sorted((name, str(value)) for name, value in entry.items()))
        if mark not in seen:
            seen.add(mark)
            once.append(entry)
    return once, list(dict.fromkeys(unknown))


def _chain(ruleset, key, seen, depth, found, unknown, base):
    if depth > 16 or len(found) > MOST:
        unknown.append(f"chain {' '.join(key)}: too deep to follow")
        return
    for rule in ruleset.rules.get(key, ()):
        _rule(ruleset, rule, seen, depth, found, unknown, base)


def _rule(ruleset, rule, seen, depth, found, unknown, base):
    key = (rule["family"], rule["table"], rule["chain"])
    where = f"{' '.join(key)} rule {rule.get('handle', '?')}"
    for statement in rule.get("expr", ()):
        if not isinstance(statement, dict):
            unknown.append(f"{where}: a statement that nft does not show")
            continue
        kind, body = next(iter(statement.items()))
        if kind == "match":
            seen = narrowed(seen, body, ruleset, rule)
        elif kind in ("jump", "goto"):
            _chain(ruleset, (*key[:2], body["target"]), seen, depth + 1, found, unknown, base)
        elif kind == "vmap":
            _verdict_map(ruleset, rule, body, seen, depth, found, unknown, base)
        elif kind == "dnat":
            for entry in _dnat(ruleset, rule, body or {}, seen, unknown, where):
                found.append(
                    {**entry, "family": key[0], "table": key[1], "chain": key[2], "handle": rule.get("handle")}
                )
        elif kind == "xt":
            name = body.get("name") if isinstance(body, dict) else None
            if name in (None, "DNAT", "NETMAP") or (isinstance(body, dict) and body.get("type") != "match"):
                unknown.append(f"{where}: xtables target {name or 'without a name'}")
        elif kind in ("drop", "reject", "accept", "return") and seen == Seen():
            return


def narrowed(seen, match, ruleset, rule):
    """Return what is known of a packet after one more match."""
    operator, left, right = match.get("op", "=="), match["left"], match["right"]
    what = _subject(left)
    values = _values(right, ruleset, rule)
    if what == "interfaces" and operator == "!=" and values:
        return replace(seen, not_interfaces=seen.not_interfaces + tuple(map(str, values)))
    if what is None or values is None or operator not in ("==", "in"):
        return replace(seen, unread=(*seen.unread, str(left)[:80]))
    if what == "protocols" and set(map(str, values)) & {"ip", "ip6", "ipv4", "ipv6"}:
        return seen
    if what == "protocols":
        values = [{6: "tcp", 17: "udp"}.get(value, value) for value in values]
    if what == "ports":
        seen = _with_protocol(seen, left)
    values = tuple(values) if what == "ports" else tuple(str(value) for value in values)
    before = getattr(seen, what)
    if before is not ANY and what != "ports":
        values = tuple(value for value in values if value in before) or values
    return replace(seen, **{what: values})


def _with_protocol(seen, left):
    protocol = left.get("payload", {}).get("protocol")
    return replace(seen, protocols=(protocol,)) if protocol in ("tcp", "udp", "sctp", "dccp") else seen


def _subject(left):
    if not isinstance(left, dict):
        return None
    if "meta" in left:
        return {"iifname": "interfaces", "iif": "interfaces", "l4proto": "protocols", "nfproto": "protocols"}.get(
            left["meta"].get("key")
        )
    payload = left.get("payload", {})
    if "base" in payload:
        place = (payload["base"], payload["offset"], payload["len"])
        return {("nh", 72, 8): "protocols", ("th", 16, 16): "ports"}.get(place)
    if payload.get("field") == "dport":
        return "ports"
    return {
        ("ip", "daddr"): "destinations",
        ("ip6", "daddr"): "destinations",
        ("ip", "saddr"): "sources",
        ("ip6", "saddr"): "sources",
        ("ip", "protocol"): "protocols",
        ("ip6", "nexthdr"): "protocols",
    }.get((payload.get("protocol"), payload.get("field")))


def _values(right, ruleset, rule):
    """Return the values of a match's right side; ranges as (low, high), prefixes as text; None when unreadable."""
    listed = members(right, ruleset, rule)
    if listed is None:
        if isinstance(right, str) and right.startswith("@"):
            return None
        listed = right if isinstance(right, list) else [right]
    values = [_value(entry[0] if isinstance(entry, list) and len(entry) == 2 else entry) for entry in listed]
    return None if any(value is None for value in values) else values


def _value(entry):
    entry = plain(entry)
    if isinstance(entry, (int, str)):
        return entry
    if isinstance(entry, dict) and "range" in entry:
        low, high = entry["range"]
        return (low, high) if isinstance(low, int) else f"{low}-{high}"
    if isinstance(entry, dict) and "prefix" in entry:
        return f"{entry['prefix']['addr']}/{entry['prefix']['len']}"
    return None


def _verdict_map(ruleset, rule, body, seen, depth, found, unknown, base):
    entries = members(body["data"], ruleset, rule)
    if entries is None:
        unknown.append(f"{rule['family']} {rule['table']} {rule['chain']}: a verdict map that cannot be read")
        return
    for wanted, decision in entries:
        verb, target = next(iter(decision.items()))
        if verb in ("jump", "goto"):
            inside = narrowed(seen, {"op": "==", "left": body["key"], "right": wanted}, ruleset, rule)
            chain = (rule["family"], rule["table"], target["target"])
            _chain(ruleset, chain, inside, depth + 1, found, unknown, base)


def _dnat(ruleset, rule, body, seen, unknown, where):
    """Yield the forwards of one DNAT statement."""
    target = body.get("addr")
    if isinstance(target, dict) and "map" in target:
        yield from _mapped(ruleset, rule, target["map"], body, seen, unknown, where)
        return
    address, port = _destination(target, body.get("port"))
    if address is None:
        unknown.append(f"{where}: a DNAT whose address cannot be read")
        return
    yield from _entries(seen, address, port)


def _mapped(ruleset, rule, mapping, body, seen, unknown, where):
    entries = members(mapping["data"], ruleset, rule)
    if entries is None:
        unknown.append(f"{where}: a DNAT through a map that cannot be read")
        return
    name = mapping["data"] if isinstance(mapping["data"], str) else None
    for wanted, target in entries:
        address, port = _destination(target, body.get("port"))
        if address is None:
            unknown.append(f"{where}: an element of a DNAT map that cannot be read")
            continue
        inside = _map_key(seen, mapping["key"], wanted, ruleset, rule)
        for entry in _entries(inside, address, port):
            yield {**entry, "map": name, "element": wanted}


def _map_key(seen, left, wanted, ruleset, rule):
    if "concat" in left and isinstance(wanted, dict) and "concat" in wanted:
        for part, value in zip(left["concat"], wanted["concat"]):
            seen = narrowed(seen, {"op": "==", "left": part, "right": value}, ruleset, rule)
        return seen
    return narrowed(seen, {"op": "==", "left": left, "right": wanted}, ruleset, rule)


def _destination(target, port):
    """Return (address, port) that a DNAT turns a packet to: a range or prefix stays one text."""
    if isinstance(target, dict) and "concat" in target:
        address, inner = target["concat"][0], target["concat"][1] if len(target["concat"]) > 1 else port
        return _destination(address, inner)
    address = _value(target) if target is not None else None
    if isinstance(port, dict) and "range" in port:
        port = "-".join(str(end) for end in port["range"])
    elif not isinstance(port, (int, str)) and port is not None:
        return None, None
    return (address if isinstance(address, str) else None), port


def _entries(seen, address, to_port):
    for protocol in seen.protocols or ("any",):
        for port in seen.ports or ("any",):
            yield {
                "proto": protocol,
                "port": f"{port[0]}-{port[1]}" if isinstance(port, tuple) else port,
                "to_address": address,
                "to_port": to_port
                if to_port is not None
                else (f"{port[0]}-{port[1]}" if isinstance(port, tuple) else port),
                "interfaces": list(seen.interfaces) if seen.interfaces is not ANY else None,
                "not_interfaces": list(seen.not_interfaces),
                "destinations": list(seen.destinations) if seen.destinations is not ANY else None,
                "sources": list(seen.sources) if seen.sources is not ANY else None,
                "map": None,
                "element": None,
            }


def covers_address(text, address):
    """Return whether an address, prefix or range of a forward includes this address."""
    wanted = ipaddress.ip_address(address)
    try:
        if "-" in text:
            low, high = (ipaddress.ip_address(end) for end in text.split("-"))
            return low.version == wanted.version and low <= wanted <= high
        return wanted in ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False


def covers_port(text, port):
    """Return whether a port, a range of ports, or "any" includes this port."""
    if text == "any":
        return True
    low, _dash, high = str(text).partition("-")
    return low.isdigit() and int(low) <= int(port) <= int(high or low)


def span(text):
    """Return the number of ports that a port, a range, or "any" stands for."""
    if text == "any":
        return 65535
    low, _dash, high = str(text).partition("-")
    return int(high or low) - int(low) + 1
