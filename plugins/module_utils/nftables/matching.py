# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does a value of a packet fit what a rule asks for: True, False, or None where it cannot be told."""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.nftables import packet as sight
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import members, plain

MARK = {"meta": {"key": "mark"}}


def fits(left, right, packet, ruleset, rule):
    """Return whether the field `left` of the packet is among `right`; None when it cannot be told."""
    if isinstance(left, dict) and "concat" in left:
        parts = [sight.field(part, packet) for part in left["concat"]]
    else:
        parts = [sight.field(left, packet)]
    if any(value is sight.ABSENT for _kind, value in parts):
        return False
    return _among(parts, right, ruleset, rule)


def _among(parts, right, ruleset, rule):
    listed = members(right, ruleset, rule)
    if listed is None and isinstance(right, str) and right.startswith("@"):
        return None
    if listed is not None:
        return either(equals(parts, entry[0] if isinstance(entry, list) else entry) for entry in listed)
    return equals(parts, right)


def equals(parts, right):
    """Return whether the parts of a (concatenated) value equal one member of a set."""
    right = plain(right)
    if len(parts) > 1:
        if not (isinstance(right, dict) and "concat" in right and len(right["concat"]) == len(parts)):
            return True if right == "*" else None
        return both(equals([part], wanted) for part, wanted in zip(parts, right["concat"]))
    kind, value = parts[0]
    if right == "*":
        return True
    if value is sight.UNREADABLE:
        return None
    return _word(value, right) if kind == sight.WORD else _number(kind, value, right)


def _word(value, right):
    if isinstance(right, list):
        return value in right
    if not isinstance(right, str):
        return None if isinstance(right, dict) else False
    if right.endswith("*"):
        return value.startswith(right[:-1])
    return value == right


def _number(kind, value, right):
    if isinstance(right, dict) and "range" in right:
        low, high = (sight.number(end) for end in right["range"])
        return None if low is None or high is None else low <= value <= high
    if isinstance(right, dict) and "prefix" in right:
        network = ipaddress.ip_network((right["prefix"]["addr"], right["prefix"]["len"]), strict=False)
        return int(network.network_address) <= value <= int(network.broadcast_address)
    wanted = sight.number(right)
    if wanted is None:
        return None
    if kind == sight.ADDRESS and isinstance(right, int):
        return value == right
    return value == wanted


def matches(match, packet, ruleset, rule):
    """Return whether one match expression holds for the packet; None when it cannot be told."""
    operator, left, right = match.get("op", "=="), match["left"], match["right"]
    if operator in ("<", ">", "<=", ">="):
        kind, value = sight.field(left, packet)
        bound = sight.number(right)
        if value is sight.ABSENT:
            return False
        if value is sight.UNREADABLE or bound is None:
            return None
        return {"<": value < bound, ">": value > bound, "<=": value <= bound, ">=": value >= bound}[operator]
    if left == MARK and not ruleset.marks:
        # Nothing here marks packets: the first one of a connection carries no mark.
        held = sight.number(right)
        return None if held is None else (held == 0) != (operator == "!=")
    kind, value = sight.field(left, packet) if not (isinstance(left, dict) and "concat" in left) else ("", "")
    if value is sight.ABSENT:
        return False
    if operator == "in" and kind == sight.NUMBER:
        bits = sight.number(right)
        return None if bits is None or value is sight.UNREADABLE else bool(value & bits)
    held = fits(left, right, packet, ruleset, rule)
    if held is None:
        return None
    return not held if operator == "!=" else held


def either(answers):
    """Return True if one is True, False if all are False, otherwise None."""
    result = False
    for answer in answers:
        if answer:
            return True
        if answer is None:
            result = None
    return result


def both(answers):
    """Return False if one is False, True if all are True, otherwise None."""
    result = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            result = None
    return result
