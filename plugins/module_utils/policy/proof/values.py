# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which values the right side of an nftables match asks for: spans or words; None when it cannot be read."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.nftables.packet import PROTOCOLS, SYN
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import members, plain
from ansible_collections.hearthwall.home.plugins.module_utils.policy import spans
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import FIELDS, STATES
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.fields import MARK, ORIGINAL, WAY_BACK, WORDS

_FAMILIES = {"ipv4": 4, "ipv6": 6, "ip": 4, "ip6": 6}
_TYPES = {
    "icmp": {
        "echo-reply": 0,
        "destination-unreachable": 3,
        "source-quench": 4,
        "redirect": 5,
        "echo-request": 8,
        "router-advertisement": 9,
        "router-solicitation": 10,
        "time-exceeded": 11,
        "parameter-problem": 12,
        "timestamp-request": 13,
        "timestamp-reply": 14,
        "info-request": 15,
        "info-reply": 16,
        "address-mask-request": 17,
        "address-mask-reply": 18,
    },
    "icmpv6": {
        "destination-unreachable": 1,
        "packet-too-big": 2,
        "time-exceeded": 3,
        "parameter-problem": 4,
        "echo-request": 128,
        "echo-reply": 129,
        "mld-listener-query": 130,
        "mld-listener-report": 131,
        "mld-listener-done": 132,
        "mld-listener-reduction": 132,
        "nd-router-solicit": 133,
        "nd-router-advert": 134,
        "nd-neighbor-solicit": 135,
        "nd-neighbor-advert": 136,
        "nd-redirect": 137,
        "router-renumbering": 138,
        "ind-neighbor-solicit": 141,
        "ind-neighbor-advert": 142,
        "mld2-listener-report": 143,
    },
}
_CODES = {
    "icmp": {
        "net-unreachable": 0,
        "host-unreachable": 1,
        "prot-unreachable": 2,
        "port-unreachable": 3,
        "frag-needed": 4,
        "net-prohibited": 9,
        "host-prohibited": 10,
        "admin-prohibited": 13,
    },
    "icmpv6": {"no-route": 0, "admin-prohibited": 1, "addr-unreachable": 3, "port-unreachable": 4},
}


@dataclass(frozen=True)
class Words:
    """A set of words: interfaces (``eth*`` is every one that begins so), states of an address; or all but these."""

    those: frozenset
    negated: bool = False

    def holds(self, word):
        held = any(word.startswith(each[:-1]) if each.endswith("*") else word == each for each in self.those)
        return held != self.negated

    def inverted(self):
        return Words(self.those, not self.negated)


def asked_for(looked, right, ruleset, rule):
    """Return the spans or Words of a right side."""
    listed = members(right, ruleset, rule)
    if listed is None:
        listed = right if isinstance(right, list) else [right]
        if isinstance(right, str) and right.startswith("@"):
            return None
    found = [value_of(looked, plain(each[0] if isinstance(each, list) else each)) for each in listed]
    if any(each is None for each in found):
        return None
    if looked.name in WORDS:
        return Words(frozenset(word for each in found for word in each.those))
    return spans.union(*found)


def value_of(looked, value):
    """Return the spans or Words of one value."""
    if looked.name in WORDS:
        return _word(looked.name, value)
    if value == "*":
        return ((0, highest(looked.name)),)
    if isinstance(value, dict) and "range" in value:
        ends = [_number(looked, each) for each in value["range"]]
        return None if None in ends else (tuple(ends),)
    if isinstance(value, dict) and "prefix" in value:
        network = ipaddress.ip_network((value["prefix"]["addr"], value["prefix"]["len"]), strict=False)
        return spans.of_networks([network])
    number = _number(looked, value)
    return None if number is None else spans.one(number)


def highest(name):
    return 0xFFFFFFFF if name == MARK else FIELDS[ORIGINAL.get(name, name)]


def _word(name, value):
    if name == WAY_BACK:
        return Words(frozenset(["yes" if value else "no"])) if isinstance(value, bool) else None
    return Words(frozenset([value])) if isinstance(value, str) else None


def _number(looked, value):
    name = ORIGINAL.get(looked.name, looked.name)
    if isinstance(value, bool) or value is None:
        return None
    if name[-1] in "46":
        return _address(value)
    if isinstance(value, int):
        return value
    if name == "flags":
        return flags(value)
    if not isinstance(value, str):
        return None
    named = {
        "state": {state: number for number, state in enumerate(STATES)},
        "family": _FAMILIES,
        "protocol": PROTOCOLS,
        "type": _TYPES.get(looked.spelled, {}),
        "code": _CODES.get(looked.spelled, {}),
    }.get(name, {})
    if value in named:
        return named[value]
    try:
        return int(value, 0)
    except ValueError:
        return None


def _address(value):
    try:
        return int(ipaddress.ip_address(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def flags(value):
    """Return TCP flags as a number."""
    if isinstance(value, dict) and "|" in value:
        value = value["|"]
    if isinstance(value, int):
        return value
    listed = value if isinstance(value, list) else [value]
    numbers = [SYN.get(each) if isinstance(each, str) else each for each in listed]
    if any(not isinstance(each, int) for each in numbers):
        return None
    total = 0
    for each in numbers:
        total |= each
    return total
