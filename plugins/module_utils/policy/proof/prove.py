# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proves a ruleset equal to a policy, or shows the packets that it treats otherwise.

    proof = prove(policy, document)         # document: what `nft -j list ruleset` says
    proof.result                            # equal | different | unknown

``document`` may be the compiled table alone or the whole ruleset of a live router: every base chain that a packet
meets counts. What is taken for granted: the router routes by the zones' networks; packets of an established connection
are those of a connection that was allowed, and answers where a rule asks for the direction; what iptables-legacy holds
is not in nft's listing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import Ruleset
from ansible_collections.hearthwall.home.plugins.module_utils.policy import spans
from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import Clause, Meaning
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import LOOPBACK, ROUTER, TCP, UDP, Packet
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof import flatten, sample
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.compare import compare
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.nevers import Nevers
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.view import View
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.ways import Ways

EQUAL, DIFFERENT, UNKNOWN = "equal", "different", "unknown"
# More differences than this are no more telling.
MOST = 50
NUMBERS = {"tcp": TCP, "udp": UDP}
DENIED = Clause(False, "default", "nothing allows it")


@dataclass(frozen=True)
class Difference:
    """One packet whose fate is not the policy's, and who decides it on either side."""

    packet: Packet
    inbound: str  # interfaces
    outbound: str
    policy: str  # allowed | denied | forwarded to …
    policy_says: str  # the key of the policy, and why
    rules: str
    rule: str  # the rule that decides
    opens: bool  # whether the rules let through what the policy denies
    never: tuple = ()  # the keys of the nevers that this violates
    doubts: tuple = ()  # the rules that could not be read, where the fate hangs on them

    def __str__(self):
        never = f", which {', '.join(self.never)} forbids" if self.never else ""
        doubt = f"; not readable: {'; '.join(self.doubts)}" if self.doubts else ""
        return (
            f"{self.packet}: the policy says {self.policy} ({self.policy_says}), "
            f"the rules say {self.rules} ({self.rule}){never}{doubt}"
        )

    def as_dict(self):
        """Return it for JSON."""
        return {
            "packet": str(self.packet),
            "inbound": self.inbound,
            "outbound": self.outbound,
            "policy": self.policy,
            "policy_says": self.policy_says,
            "rules": self.rules,
            "rule": self.rule,
            "opens": self.opens,
            "never": list(self.never),
            "unreadable": list(self.doubts),
        }


@dataclass(frozen=True)
class Proof:
    """What came of it. ``differences`` are certain; ``unknown`` hang on rules that could not be read."""

    result: str
    differences: tuple = ()
    unknown: tuple = ()
    ways: int = 0
    seconds: float = 0.0

    @property
    def counterexample(self):
        """The most telling difference: one that violates a never, or else opens something; None when equal."""
        return self.differences[0] if self.differences else None

    def as_dict(self):
        """Return it for JSON."""
        return {
            "result": self.result,
            "counterexample": str(self.counterexample) if self.counterexample else None,
            "differences": [each.as_dict() for each in self.differences],
            "unknown": [each.as_dict() for each in self.unknown],
            "ways": self.ways,
            "seconds": round(self.seconds, 3),
        }


def prove(policy, document, beside_others=False):
    """Hold a ruleset (of `nft -j list ruleset`) against a policy whose zones all have interfaces; return the Proof.

    ``beside_others``: rules of somebody else's may send on what the policy forwards, to the same place.
    """
    ruleset = Ruleset(document)
    ways = Ways(policy)
    reader = flatten.Flattener(ruleset, ways.behind)
    ways.add(reader.interfaces())

    def read(inbound, outbound):
        view = View(ways.home, inbound, outbound, local=outbound is None, marked=ruleset.marks)
        hooks = flatten.SENT if inbound is None else flatten.DELIVERED if outbound is None else flatten.FORWARDED
        return reader.program(view, hooks)

    return prove_programs(policy, ways, read, beside_others)


def prove_programs(policy, ways, read, beside_others=False):
    """Hold any firewall against a policy: ``read(inbound, outbound)`` returns the Program of the packets that come in
    and leave by two interfaces; None in place of one is the router itself.
    """
    started = time.monotonic()
    meaning, nevers = Meaning(policy), Nevers(policy)
    found, unknown, number = [], [], 0
    for inbound, outbound in ways:
        number += 1
        way = ways.names(inbound, outbound)
        clauses = (*meaning.clauses(*way), DENIED)
        fine = (lambda *asked: _forwarded_anyway(policy, *asked)) if beside_others and _from_wan(policy, way) else None
        for each in compare(read(inbound, outbound), clauses, nevers.marks(*way), fine):
            if way[0] in (ROUTER, LOOPBACK) and each.clause.allowed and any(o.passes for o, _line in each.outcomes):
                continue  # the router may translate what it sends itself
            (found if each.certain else unknown).append((inbound, outbound, way, each))
    differences = _told(policy, found)
    doubtful = _told(policy, unknown)
    result = DIFFERENT if differences else UNKNOWN if doubtful else EQUAL
    return Proof(result, differences, doubtful, number, time.monotonic() - started)


def _from_wan(policy, way):
    return policy.wan is not None and way[0] == policy.wan.name


def _forwarded_anyway(policy, outcome, values):
    """Return whether a rule of somebody else's sends packets on as a forward of the policy does.

    It may do so for other addresses than the router's own: whoever asked those could have asked the router.
    """
    protocols, ports = tuple(values.get("protocol", ())), values.get("port")
    if not outcome.passes or not outcome.to or not ports:
        return False
    low, high = ports[0][0], ports[-1][1]
    address, port = outcome.to
    return any(
        address == int(policy.hosts[each.host].ip4)
        and protocols == spans.one(NUMBERS[each.protocol])
        and each.low <= low <= high <= each.high
        and (each.to_port + low - each.low == (low if port is None else port))
        and (port is None or low == high)
        for each in policy.forwards
    )


def _told(policy, found):
    told = [_difference(policy, *each) for each in found]
    told.sort(key=lambda each: (not (each.opens and each.never), not each.opens))
    return tuple(told[:MOST])


def _difference(policy, inbound, outbound, way, found):
    outcome, line = next(((each, line) for each, line in found.outcomes if each.passes), found.outcomes[0])
    packet = sample.packet(policy, way, found.values)
    opens = outcome.passes and not found.clause.allowed
    return Difference(
        packet=packet,
        inbound=inbound or ROUTER,
        outbound=outbound or ROUTER,
        policy=_fate(
            found.clause.allowed, found.clause.to and _shifted(found.clause.to, packet), found.clause.masqueraded
        ),
        policy_says=": ".join(part for part in (found.clause.key, found.clause.why) if part),
        rules=_fate(outcome.passes, outcome.to, outcome.masqueraded),
        rule=line,
        opens=opens,
        never=tuple(sorted(found.marks)) if opens else (),
        doubts=found.doubts,
    )


def _shifted(to, packet):
    return to[0], to[1] + packet.port - to[2]


def _fate(passes, to, masqueraded):
    if not passes:
        return "denied"
    where = ""
    if to:
        address = to[0] if isinstance(to[0], str) else sample.address4(to[0])
        where = f" and sent on to {address}" + (f" port {to[1]}" if to[1] is not None else "")
    return f"allowed{where}" + (" with the router's address" if masqueraded else "")
