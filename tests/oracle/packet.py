# SPDX-License-Identifier: GPL-3.0-or-later
"""A packet as variables of the solver, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

import z3

NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED = range(5)
STATES = ("new", "established", "related", "invalid", "untracked")


class Packet:
    """One packet at the router: its interfaces by number, and its fields."""

    def __init__(self, interfaces):
        # The policy's interfaces, one that it does not know, the loopback, and the router itself.
        self.names = [*interfaces, "stranger0", "lo", "router"]
        self.inbound, self.outbound = z3.BitVec("inbound", 8), z3.BitVec("outbound", 8)
        self.ip6 = z3.Bool("ip6")
        self.source4, self.destination4 = z3.BitVec("source4", 32), z3.BitVec("destination4", 32)
        self.source6, self.destination6 = z3.BitVec("source6", 128), z3.BitVec("destination6", 128)
        self.protocol, self.type, self.hops = (z3.BitVec(name, 8) for name in ("protocol", "type", "hops"))
        self.port, self.source_port = z3.BitVec("port", 16), z3.BitVec("source_port", 16)
        self.state = z3.BitVec("state", 3)
        # What conntrack knows of a connection that is not new: whether it was translated, and from which port.
        self.was_translated, self.was_port = z3.Bool("was_translated"), z3.BitVec("was_port", 16)

    def number(self, name):
        return self.names.index(name)

    def possible(self):
        """Packets that there are: no packet goes from the loopback or the router through the router."""
        router, loopback = self.number("router"), self.number("lo")
        return z3.And(
            z3.ULT(self.state, len(STATES)),
            z3.ULE(self.inbound, loopback),
            z3.ULE(self.outbound, router),
            self.outbound != loopback,
            z3.Implies(self.inbound == loopback, self.outbound == router),
        )

    def is_one(self, packet, inbound, outbound):
        """The packet of a counterexample."""
        family = 6 if packet.source.version == 6 else 4
        ends = (self.source6, self.destination6) if family == 6 else (self.source4, self.destination4)
        return z3.And(
            self.inbound == self.number(inbound),
            self.outbound == self.number(outbound),
            self.ip6 == (family == 6),
            ends[0] == int(packet.source),
            ends[1] == int(packet.destination),
            self.protocol == packet.protocol,
            self.port == packet.port,
            self.source_port == packet.source_port,
            self.type == packet.type,
            self.hops == packet.hops,
            self.state == STATES.index(packet.state),
        )


@dataclass
class Fate:
    """What becomes of a packet, as formulas."""

    allowed: z3.BoolRef
    translated: z3.BoolRef
    address: z3.BitVecRef  # of the translated
    port: z3.BitVecRef
    masqueraded: z3.BoolRef

    def differs(self, other):
        same = z3.And(
            self.translated == other.translated,
            z3.Implies(self.translated, z3.And(self.address == other.address, self.port == other.port)),
            self.masqueraded == other.masqueraded,
        )
        return z3.Or(self.allowed != other.allowed, z3.And(self.allowed, z3.Not(same)))


def within(variable, network):
    """A variable is an address of a network."""
    low, high = int(network.network_address), int(network.broadcast_address)
    return z3.And(z3.UGE(variable, low), z3.ULE(variable, high))
