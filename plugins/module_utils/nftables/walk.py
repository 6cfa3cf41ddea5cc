# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Walk one packet through the ruleset: allowed, blocked, or unknown where a rule on its way could not be read.

A rule that cannot be read is followed both ways; only what holds on every path is claimed.
"""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.hearthwall.home.plugins.module_utils.nftables.matching import equals, matches
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.packet import ABSENT, field
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import members, plain

ALLOWED, BLOCKED, UNKNOWN = "allowed", "blocked", "unknown"
ACCEPT, DROP, CONTINUE, RETURN = "accept", "drop", "continue", "return"
# Statements that neither decide nor filter.
SILENT = {"counter", "log", "comment", "mangle", "notrack", "ct helper", "ct timeout", "ct expectation"}
SILENT |= {"dup", "set", "map", "add", "update", "delete", "flow", "last", "secmark", "reset"}
NAT = {"dnat", "snat", "masquerade", "redirect"}
DEEPEST = 16

ROUTED = ("prerouting", "forward", "postrouting")
DELIVERED = ("prerouting", "input")


def verdict(ruleset, packet, hooks=ROUTED):
    """Return (ALLOWED | BLOCKED | UNKNOWN, where it was decided) for a packet on its way through these hooks."""
    doubts = []
    for hook in ("ingress", *hooks):
        seen = packet if hook in ("forward", "postrouting") else replace(packet, outbound=None)
        seen = before_translation(seen) if hook in ("ingress", "prerouting") else seen
        for key in ruleset.base_chains(hook, packet.family, device=packet.inbound):
            ends, where = _base_chain(ruleset, key, seen)
            if ends == {DROP}:
                return BLOCKED, where
            if DROP in ends:
                doubts.append(where)
    return (UNKNOWN, "; ".join(doubts)) if doubts else (ALLOWED, "")


def before_translation(packet):
    """Return the packet as it arrived: filters before the translation see the address it was sent to."""
    if not packet.translated:
        return packet
    return replace(
        packet, destination=packet.sent_to, port=packet.sent_to_port, sent_to=None, sent_to_port=None, local=True
    )


def _base_chain(ruleset, key, packet):
    ends, where = _chain(ruleset, key, packet, 0)
    if ends & {CONTINUE, RETURN}:
        policy = ruleset.chains[key].get("policy", ACCEPT)
        ends = (ends - {CONTINUE, RETURN}) | {policy}
        if policy == DROP:
            where = where or f"policy of {name(key)}"
    return ends, where or name(key)


def name(key):
    return f"{key[0]} {key[1]} {key[2]}"


def _chain(ruleset, key, packet, depth):
    """Return (the ways this chain can end, the rule that dropped or could not be read)."""
    if depth > DEEPEST or (depth and key not in ruleset.chains):
        return {ACCEPT, DROP, CONTINUE}, f"{name(key)} could not be followed"
    possible, noted = set(), ""
    for rule in ruleset.rules.get(key, ()):
        ends, certain, where = _rule(ruleset, rule, packet, depth)
        if DROP in ends and not noted:
            noted = where
        stays = ends & {CONTINUE}
        possible |= ends - {CONTINUE, RETURN}
        if RETURN in ends:
            possible.add(CONTINUE)
        if certain and not stays:
            return possible, noted
    possible.add(CONTINUE)
    return possible, noted


def _rule(ruleset, rule, packet, depth):
    """Return (the ways this rule can end, whether it certainly applies, where)."""
    key = (rule["family"], rule["table"], rule["chain"])
    where = f"{name(key)} rule {rule.get('handle', '?')}"
    certain = True
    for statement in rule.get("expr", ()):
        kind, body = next(iter(statement.items())) if isinstance(statement, dict) else (statement, None)
        if kind == "match":
            held = matches(body, packet, ruleset, rule)
            if held is False:
                return {CONTINUE}, True, where
            certain = certain and held is True
        elif kind == "limit":
            # The first packet is below any limit.
            if isinstance(body, dict) and body.get("inv"):
                return {CONTINUE}, True, where
        elif kind in (ACCEPT, CONTINUE, RETURN) or kind in NAT:
            return _sure({ACCEPT if kind in NAT else kind}, certain), certain, where
        elif kind in (DROP, "reject"):
            return _sure({DROP}, certain), certain, where
        elif kind in ("jump", "goto", "vmap"):
            ends, inside, always = _branch(ruleset, rule, key, kind, body, packet, depth)
            if not ends <= {CONTINUE} or kind != "vmap":
                return _sure(ends, certain), certain and always, inside or where
        elif kind == "xt" and isinstance(body, dict) and body.get("type") == "match":
            # What iptables alone can read narrows the rule, unless it is a mere comment.
            certain = certain and body.get("name") == "comment"
        elif kind not in SILENT:
            certain = False
            if kind in ("queue", "xt", "tproxy", "synproxy"):
                return {ACCEPT, DROP, CONTINUE}, False, f"{where} ({kind} cannot be read)"
    return {CONTINUE}, certain, where


def _sure(ends, certain):
    return ends if certain else ends | {CONTINUE}


def _branch(ruleset, rule, key, kind, body, packet, depth):
    """Return (the ways that a jump, goto or verdict map can end, where, whether every one was read)."""
    if kind == "vmap":
        chosen, always = _chosen(ruleset, rule, body, packet)
    else:
        chosen, always = [{kind: body}], True
    ends, where = set(), ""
    if not always or not chosen:
        ends.add(CONTINUE)
    for decision in chosen:
        verb, target = next(iter(decision.items()))
        if verb in ("jump", "goto"):
            inside, noted = _chain(ruleset, (key[0], key[1], target["target"]), packet, depth + 1)
            if verb == "goto" and CONTINUE in inside:
                inside = (inside - {CONTINUE}) | {RETURN}
            ends |= inside
            where = where or noted
        else:
            ends.add(DROP if verb == "reject" else verb)
    return ends, where, always


def _chosen(ruleset, rule, body, packet):
    """Return (the verdicts of a verdict map that this packet may get, whether it certainly gets one of them)."""
    entries = members(body["data"], ruleset, rule)
    if entries is None:
        return [{ACCEPT: None}, {DROP: None}], False
    left = body["key"]
    parts = [field(part, packet) for part in (left.get("concat", [left]))]
    if any(value is ABSENT for _kind, value in parts):
        return [], True
    possible = []
    for wanted, decision in entries:
        held = equals(parts, plain(wanted))
        if held:
            return [*possible, decision], not possible
        if held is None:
            possible.append(decision)
    return possible, not possible
