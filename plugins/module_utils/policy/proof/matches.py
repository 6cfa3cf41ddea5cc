# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads one nftables match, whatever the way of the packet: a list of boxes, {field: the values it may have}.

A packet is matched when it is in one of the boxes. ``Matched.inverted`` boxes are those that must not hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import members, plain
from ansible_collections.hearthwall.home.plugins.module_utils.policy import spans
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof import fields, values
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.fields import looked_at
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.values import Words

ENUMERABLE = 255


@dataclass(frozen=True)
class Matched:
    """What a match asks for."""

    boxes: tuple = ()
    inverted: tuple = ()
    readable: bool = True


UNREADABLE = Matched(readable=False)


def read(match, ruleset, rule):
    """Return the Matched of a match statement."""
    left, right, operator = match["left"], match["right"], match.get("op", "==")
    if isinstance(left, dict) and "concat" in left:
        return _concat(left["concat"], right, operator, ruleset, rule)
    looked = looked_at(left)
    if looked is None:
        return UNREADABLE
    if looked.mask is not None:
        wanted = _masked(looked, right, operator)
    elif operator in ("<", ">", "<=", ">="):
        wanted = _compared(looked, right, operator)
    elif operator == "in" and looked.name == "flags":
        bits = values.flags(right)
        wanted = None if bits is None else _those(lambda value: value & bits)
    else:
        wanted = values.asked_for(looked, right, ruleset, rule)
        if operator == "!=" and wanted is not None:
            wanted = inverse(looked.name, wanted)
    return box(looked, wanted)


def box(looked, wanted):
    """Return the Matched of a field and the values that it may have."""
    if wanted is None:
        # What a packet must be to have the field at all is known even so.
        return Matched((dict(looked.implied),), readable=False)
    return Matched((_with(looked, wanted),))


def inverse(name, wanted):
    if isinstance(wanted, Words):
        return wanted.inverted()
    return spans.complement(wanted, values.highest(name))


def _with(looked, wanted):
    inside = dict(looked.implied)
    inside[looked.name] = spans.intersection(inside[looked.name], wanted) if looked.name in inside else wanted
    return inside


def _compared(looked, right, operator):
    bound = values.value_of(looked, right)
    if bound is None or isinstance(bound, Words):
        return None
    low, high = bound[0][0], values.highest(looked.name)
    return {
        "<": ((0, low - 1),) if low else (),
        "<=": ((0, low),),
        ">": ((low + 1, high),) if low < high else (),
        ">=": ((low, high),),
    }[operator]


def _masked(looked, right, operator):
    """Read `field & mask == value` where all values can be tried."""
    if looked.name == fields.STATUS or looked.name in fields.WORDS:
        # `ct status & dnat == dnat`: the same as `ct status dnat`.
        same = looked.mask == right and isinstance(right, str) and operator == "=="
        return Words(frozenset([right])) if same else None
    if values.highest(looked.name) > ENUMERABLE:
        return None
    mask, wanted = (values.flags(each) for each in (looked.mask, right))
    if mask is None or wanted is None or operator not in ("==", "!="):
        return None
    return _those(lambda value: ((value & mask) == wanted) == (operator == "=="))


def _those(held):
    return spans.union(*(spans.one(value) for value in range(ENUMERABLE + 1) if held(value)))


def _concat(parts, right, operator, ruleset, rule):
    looked = [looked_at(part) for part in parts]
    listed = members(right, ruleset, rule)
    if listed is None:
        listed = None if isinstance(right, str) else [right]
    if listed is None or operator not in ("==", "!=", "in") or any(each is None or each.mask for each in looked):
        return UNREADABLE
    boxes = [concat_box(looked, each[0] if isinstance(each, list) else each) for each in listed]
    if any(each is None for each in boxes):
        return UNREADABLE
    if operator != "!=":
        return Matched(tuple(boxes))
    implied = both({}, *(each.implied for each in looked))
    return Matched(() if implied is None else (implied,), tuple(boxes))


def concat_box(looked, element):
    """Return the box of one element of a concatenated set; None when it cannot be read."""
    element = plain(element)
    wanted = element.get("concat") if isinstance(element, dict) else None
    if element == "*":
        wanted = ["*"] * len(looked)
    if wanted is None or len(wanted) != len(looked):
        return None
    inside = []
    for each, value in zip(looked, wanted):
        asked = values.value_of(each, plain(value))
        if asked is None:
            return None
        inside.append(_with(each, asked))
    return both(*inside) or {"family": ()}


def both(*boxes):
    """Return the box of what is in all of them; None where that is nothing."""
    result = {}
    for each in boxes:
        for name, wanted in each.items():
            known = result.get(name)
            if known is None:
                result[name] = wanted
            elif isinstance(wanted, Words):
                if known != wanted:
                    result[name] = _words(known, wanted)
            else:
                result[name] = spans.intersection(known, wanted)
            if result[name] == ():
                return None
    return result


@dataclass(frozen=True)
class _Both:
    first: object
    second: object

    def holds(self, word):
        return self.first.holds(word) and self.second.holds(word)


def _words(first, second):
    return _Both(first, second)
