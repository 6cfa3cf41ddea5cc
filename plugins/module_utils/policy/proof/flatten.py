# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes the rules of a whole nftables ruleset that a packet meets on one way through the router as one Program.

Every base chain on the way is met, of whatever table, in the order of its priority: what one accepts, the next may
still drop. A translation of the destination leads on to a copy of the remaining rules that sees the new one.
"""

from __future__ import annotations

import ipaddress
from dataclasses import replace

from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import members, plain
from ansible_collections.hearthwall.home.plugins.module_utils.policy import spans
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import NEW, ROUTER, STATES
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof import matches
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.fields import looked_at
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.matches import both
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.program import (
    DROPPED,
    Label,
    Outcome,
    Program,
)

# Statements that neither decide nor filter.
SILENT = {"counter", "log", "comment", "mangle", "ct helper", "ct timeout", "ct expectation", "dup", "set", "map"}
SILENT |= {"add", "update", "delete", "flow", "last", "secmark", "reset"}
# Statements whose packets go somewhere that the rules do not say, or that hold only sometimes.
OPAQUE = {"queue", "tproxy", "synproxy", "fwd", "notrack"}
SOMETIMES = {"limit", "quota", "ct count", "connlimit", "meter"}
DEEPEST = 32
FORWARDED = ("prerouting", "forward", "postrouting")
DELIVERED = ("prerouting", "input")
SENT = ("output", "postrouting")
_FAMILY = {"ip": {"family": spans.one(4)}, "ip6": {"family": spans.one(6)}, "inet": {}, "netdev": {}}
_FIRST = {"state": spans.one(STATES.index(NEW))}


class Flattener:
    """Flattens one ruleset; what it has read of a rule it keeps for the next way."""

    def __init__(self, ruleset, route):
        """``route`` returns the interface that an address (a number) is behind; None where it is the router's."""
        self.ruleset = ruleset
        self._route = route
        self._read = {}
        self._chains = {}
        for key, chain in ruleset.chains.items():
            if chain.get("hook") and key[0] in _FAMILY:
                self._chains.setdefault(chain["hook"], []).append((_priority(chain), key, chain))
        for chains in self._chains.values():
            chains.sort(key=lambda each: each[0])

    def interfaces(self):
        """Return the names of interfaces that rules mention, as they are written."""
        found = set()
        for rules in self.ruleset.rules.values():
            for rule in rules:
                _interfaces(rule.get("expr", ()), found)
        return found

    def program(self, view, hooks):
        """Return the Program of the packets with a view, through these hooks."""
        return _Way(self, view, hooks).program()

    def stops(self, view, hooks):
        """Return the base chains that packets meet, in order: (hook, key, chain)."""
        found = []
        for hook in hooks:
            device = {"ingress": view.inbound, "egress": view.outbound}.get(hook)
            for _prio, key, chain in self._chains.get(hook, ()):
                if device is None or device in _devices(chain):
                    found.append((hook, key, chain))
        return found

    def statements(self, rule):
        """Return [(kind, body, what was read of it)] of a rule."""
        known = self._read.get(id(rule))
        if known is None:
            known = self._read[id(rule)] = [self._statement(each, rule) for each in rule.get("expr", ())]
        return known

    def _statement(self, statement, rule):
        kind, body = next(iter(statement.items())) if isinstance(statement, dict) else (statement, None)
        if kind == "match":
            return kind, body, matches.read(body, self.ruleset, rule)
        if kind == "vmap":
            return kind, body, self._verdicts(body, rule)
        return kind, body, None

    def _verdicts(self, body, rule):
        """Return [(box, verdict)] of a verdict map; None when it cannot be read."""
        entries = members(body["data"], self.ruleset, rule)
        left = body["key"]
        looked = [looked_at(part) for part in left.get("concat", [left])]
        if entries is None or any(each is None or each.mask for each in looked):
            return None
        found = []
        for wanted, verdict in entries:
            whole = {"concat": [plain(wanted)]} if "concat" not in left else wanted
            box = matches.concat_box(looked, whole)
            if box is None:
                return None
            found.append((box, verdict))
        return found

    def behind(self, address):
        return self._route(address)


class _Way:
    """The lines of one way, as they are written."""

    def __init__(self, flattener, view, hooks):
        self._flattener = flattener
        self._view, self._hooks = view, hooks
        self._program = Program()
        # Copies of what is left of the way, for translated packets: {(view, stops): Label}.
        self._waiting = []

    def program(self):
        ingress = ("ingress",) if self._view.inbound else ()
        egress = ("egress",) if "postrouting" in self._hooks else ()
        hooks = (*ingress, *self._hooks, *egress)
        self._waiting.append((Label(), self._view, tuple(self._flattener.stops(self._view, hooks)), Outcome(True)))
        while self._waiting:
            label, view, stops, outcome = self._waiting.pop(0)
            self._program.here(label)
            self._segment(view, stops, outcome)
        return self._program

    def _segment(self, view, stops, outcome):
        for number, (hook, key, chain) in enumerate(stops):
            after = Label()
            frame = _Frame(self, hook, view, stops[number + 1 :], outcome, after)
            outer = dict(_FAMILY[key[0]])
            if chain.get("type") == "nat":
                outer.update(_FIRST)
            ends = Label()
            frame.chain(key, outer, True, ends, 0)
            self._program.here(ends)
            if chain.get("policy", "accept") == "drop":
                self._program.add(dict(outer), DROPPED, f"policy of {' '.join(key)}")
            self._program.here(after)
        self._program.add({}, outcome, "no rule drops it")

    def later(self, view, stops, outcome):
        """Return the Label of a copy of the rest of the way."""
        for label, known_view, known_stops, known_outcome in self._waiting:
            if (known_view, known_stops, known_outcome) == (view, stops, outcome):
                return label
        label = Label()
        self._waiting.append((label, view, stops, outcome))
        return label


class _Frame:
    """One base chain on the way: writes its rules and those of the chains that it leads to."""

    def __init__(self, way, hook, view, rest, outcome, accepted):
        self._way, self._hook, self._view = way, hook, _seen_at(hook, view)
        self._whole, self._rest, self._outcome = view, rest, outcome
        self._accepted = accepted
        self._flattener, self._program = way._flattener, way._program

    def chain(self, key, outer, certain, back, depth):
        """Write a chain; ``back`` is where a packet goes that comes to its end."""
        if depth > DEEPEST or key not in self._flattener.ruleset.chains:
            for then in (DROPPED, self._accepted):
                self._program.add(outer, then, f"{' '.join(key)} could not be followed", False)
            return
        for rule in self._flattener.ruleset.rules.get(key, ()):
            self._rule(rule, key, outer, certain, back, depth)

    def _rule(self, rule, key, outer, certain, back, depth):
        name = name_of(rule)
        boxes, after = [(outer, certain)], None
        for kind, body, known in self._flattener.statements(rule):
            if kind == "match":
                boxes = self._matched(boxes, known)
                if known.inverted:
                    after = after or Label()
                    self._except(boxes, known.inverted, after, name)
                if not boxes:
                    break
            elif kind in SOMETIMES or (kind == "xt" and not _remark(body)):
                boxes = [(box, False) for box, _certain in boxes]
                if kind == "xt" and body.get("type") != "match":
                    self._opaque(boxes, name)
            elif kind in OPAQUE:
                self._opaque(boxes, name)
                break
            elif kind == "vmap":
                self._vmap(boxes, known, key, back, depth, name)
            elif kind in SILENT or kind == "xt":
                continue
            elif not self._verdict(kind, body, boxes, key, back, depth, name):
                break
        if after:
            self._program.here(after)

    def _matched(self, boxes, known):
        if not known.readable and not known.boxes:
            return [(box, False) for box, _certain in boxes]
        found = []
        for box, certain in boxes:
            for wanted in known.boxes:
                for narrowed, sure in self._view.narrow(wanted):
                    together = both(box, narrowed)
                    if together is not None:
                        found.append((together, certain and sure and known.readable))
        return found

    def _except(self, boxes, inverted, after, name):
        """Write that packets in one of these boxes pass the rule by."""
        for box, certain in boxes:
            for wanted in inverted:
                for narrowed, sure in self._view.narrow(wanted):
                    together = both(box, narrowed)
                    if together is not None:
                        self._program.add(together, after, name, certain and sure)

    def _opaque(self, boxes, name):
        for box, _certain in boxes:
            for then in (DROPPED, self._accepted):
                self._program.add(box, then, name, False)

    def _vmap(self, boxes, entries, key, back, depth, name):
        if entries is None:
            self._opaque(boxes, name)
            return
        for wanted, verdict in entries:
            kind, body = next(iter(verdict.items())) if isinstance(verdict, dict) else (verdict, None)
            inside = self._matched(boxes, matches.Matched((wanted,)))
            if inside:
                self._verdict(kind, body, inside, key, back, depth, name)

    def _verdict(self, kind, body, boxes, key, back, depth, name):
        """Write a verdict; return whether packets can come past it."""
        if kind == "continue":
            return True
        if kind in ("jump", "goto"):
            self._branch(boxes, (key[0], key[1], body["target"]), back if kind == "goto" else None, depth)
            return kind == "jump"
        for box, certain in boxes:
            if kind in ("dnat", "redirect"):
                self._translate(kind, body, box, certain, name)
            elif kind in ("snat", "masquerade"):
                then = self._way.later(self._whole, self._untranslated(), replace(self._outcome, masqueraded=True))
                self._program.add(box, then, name, certain, True)
            else:
                then = {"accept": self._accepted, "return": back, "drop": DROPPED, "reject": DROPPED}.get(kind)
                if then is None:
                    self._opaque([(box, certain)], name)
                else:
                    self._program.add(box, then, name, certain, kind == "accept")
        return False

    def _branch(self, boxes, target, back, depth):
        """Write the rules of another chain, for the packets in the boxes."""
        for box, certain in boxes:
            returned = Label()
            self.chain(target, box, certain, back or returned, depth + 1)
            if back:
                self._program.add(box, back, " ".join(target), certain)
            self._program.here(returned)

    def _translate(self, kind, body, box, certain, name):
        targets = self._targets(kind, body or {}, box)
        if targets is None:
            self._opaque([(box, certain)], name)
            return
        for narrowed, address, port in targets:
            outbound = None if kind == "redirect" else self._flattener.behind(address)
            view = replace(
                self._whole,
                local=outbound is None,
                outbound=outbound,
                translated=True,
                destination=address,
                port=port,
            )
            outcome = replace(self._outcome, to=(ROUTER if address is None else address, port))
            stops = self._flattener.stops(view, FORWARDED if outbound else DELIVERED)
            # Of the hook that this is, only what has not been met yet.
            rest = tuple(stop for stop in self._untranslated() if stop[0] == "prerouting")
            rest += tuple(stop for stop in stops if stop[0] != "prerouting")
            self._program.add(narrowed, self._way.later(view, rest, outcome), name, certain, True)

    def _untranslated(self):
        """Return what is left of the way; a connection is translated once at each hook."""
        return tuple(stop for stop in self._rest if stop[0] != self._hook or stop[2].get("type") != "nat")

    def _targets(self, kind, body, box):
        """Return [(box, address, port or None)] of a translation; None when it cannot be read."""
        if kind == "dnat" and body.get("family", "ip") != "ip":
            return None
        box = both(box, {"family": spans.one(4)}) if kind == "dnat" else box
        if box is None:
            return []
        address, port = body.get("addr"), body.get("port")
        if isinstance(port, dict) and "map" in port:
            return self._mapped(port["map"], box, address)
        try:
            number = int(ipaddress.IPv4Address(address)) if kind == "dnat" else None
        except (ipaddress.AddressValueError, TypeError):
            return None
        return None if isinstance(port, dict) else [(box, number, port)]

    def _mapped(self, body, box, address):
        """A port that another one is mapped to."""
        looked = looked_at(body["key"])
        entries = body["data"].get("set") if isinstance(body["data"], dict) else None
        if looked is None or looked.name != "port" or entries is None or not isinstance(address, str):
            return None
        found = []
        for port, to_port in entries:
            if not isinstance(port, int) or not isinstance(to_port, int):
                return None
            narrowed = both(box, {**looked.implied, "port": spans.one(port)})
            if narrowed is not None:
                found.append((narrowed, int(ipaddress.IPv4Address(address)), to_port))
        return found


def name_of(rule):
    """Return a rule's place and comment, for people."""
    place = f"{rule['family']} {rule['table']} {rule['chain']}"
    remark = f" ({rule['comment']})" if rule.get("comment") else ""
    return f"{place} rule {rule.get('handle', '?')}{remark}"


def _seen_at(hook, view):
    """Before it is routed, a packet has no outgoing interface."""
    if hook in ("ingress", "prerouting", "input"):
        return replace(view, outbound=None)
    return replace(view, inbound=None) if hook == "output" else view


def _remark(body):
    return isinstance(body, dict) and body.get("name") == "comment"


def _priority(chain):
    return chain["prio"] if isinstance(chain.get("prio"), int) else 0


def _devices(chain):
    device = chain.get("dev", [])
    return device if isinstance(device, list) else [device]


def _interfaces(value, found):
    if isinstance(value, dict):
        if "match" in value or "vmap" in value:
            body = value.get("match") or value["vmap"]
            left = body.get("left", body.get("key"))
            parts = left.get("concat", [left]) if isinstance(left, dict) else []
            for number, part in enumerate(parts):
                looked = looked_at(part)
                if looked and looked.name in ("inbound", "outbound"):
                    _names(body.get("right", body.get("data")), number, found)
        return
    for each in value:
        _interfaces(each, found)


def _names(value, number, found):
    """Collect the names among the values that interfaces are compared with."""
    if isinstance(value, str):
        if not value.startswith("@"):
            found.add(value)
    elif isinstance(value, dict):
        if "concat" in value:
            _names(value["concat"][number], 0, found)
        elif "set" in value:
            for each in value["set"]:
                _names(each[0] if isinstance(each, list) else each, number, found)
        elif "elem" in value:
            _names(value["elem"]["val"], number, found)
