# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compares what a Program does with every packet of one way with what the policy's clauses say. Exact.

Lines and clauses each get a bit. Field by field, the values that no line and no clause tells apart are taken together
(an atom, known by the bits that hold for it); two packets with the same bits have the same fate, so that each set of
bits is looked at once. That is far fewer than the combinations of all atoms, for a rule usually names one host or port.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import FIELDS
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.program import DROPPED, Label
from ansible_collections.hearthwall.home.plugins.module_utils.policy.spans import intersection

ORDER = tuple(FIELDS)
IP_VERSIONS = ((4, 4), (6, 6))


@dataclass(frozen=True)
class Found:
    """Packets whose fate is not the one that the policy says; ``values``: {field: spans} that tell them from others."""

    values: dict
    clause: object
    outcomes: tuple  # ((Outcome, name of the deciding line), …): more than one where a line could not be read
    marks: frozenset = frozenset()
    doubts: tuple = ()  # the lines that could not be read, where the fate hangs on them

    @property
    def certain(self):
        """Whether the packets' fate is wrong in any case."""
        return not self.doubts


def compare(program, clauses, marks=(), fine=None):
    """Yield a Found for each pair of deciding line and clause that disagree.

    ``clauses``: of ``Meaning.clauses``, closed by one that always holds. ``marks``: (name, box) that a Found tells to
    hold, such as the ``never`` that is violated. ``fine(outcome, values)``: whether an outcome will do all the same.
    """
    yield from _Comparison(program, clauses, marks, fine).found()


class _Comparison:
    def __init__(self, program, clauses, marks, fine=None):
        self._fine = fine or (lambda outcome, values: False)
        self._lines, self._clauses, self._names = program.lines, clauses, [name for name, _box in marks]
        boxes = [line.where for line in self._lines]
        boxes += [clause.where for clause in clauses]
        boxes += [box for _name, box in marks]
        self._boxes = boxes
        self._of_lines = (1 << len(self._lines)) - 1
        self._clauses_at = len(self._lines)
        self._marks_at = self._clauses_at + len(clauses)
        self._of_clauses = ((1 << len(clauses)) - 1) << self._clauses_at
        # The bits of those that ask anything of a field, and of a field or a later one.
        self._asking = [0] * len(ORDER)
        for bit, box in enumerate(boxes):
            for level, name in enumerate(ORDER):
                if name in box:
                    self._asking[level] |= 1 << bit
        self._open = [0] * (len(ORDER) + 1)
        for level in reversed(range(len(ORDER))):
            self._open[level] = self._open[level + 1] | self._asking[level]
        self._jumps = sum(1 << bit for bit, line in enumerate(self._lines) if isinstance(line.then, Label))
        self._atoms = {}
        self._seen = set()
        self._told = set()
        self._results = []

    def found(self):
        impossible = sum(1 << bit for bit, box in enumerate(self._boxes) if any(not values for values in box.values()))
        self._descend(0, ((1 << len(self._boxes)) - 1) & ~impossible, {})
        return self._results

    def _descend(self, level, bits, values):
        bits = self._trimmed(level, bits)
        while level < len(ORDER) and not bits & self._asking[level]:
            level += 1
        if (level, bits) in self._seen:
            return
        self._seen.add((level, bits))
        if level == len(ORDER):
            self._leaf(bits, values)
            return
        asking = bits & self._asking[level]
        rest = bits & ~asking
        name = ORDER[level]
        for held, atom in self._atoms_of(level, asking):
            self._descend(level + 1, rest | held, {**values, name: atom})

    def _trimmed(self, level, bits):
        """Return the bits without those of lines and clauses that can no longer decide."""
        settled = bits & ~self._open[level]
        clauses = settled & self._of_clauses
        if clauses:
            first = clauses & -clauses
            bits &= ~(self._of_clauses & ~((first << 1) - 1))
        # Behind a line that holds for all of these packets, only what a jump over it leads to is left.
        targets, telling = [], bits & self._of_lines & (settled | self._jumps)
        while telling:
            first = telling & -telling
            telling ^= first
            place = first.bit_length() - 1
            line = self._lines[place]
            if isinstance(line.then, Label):
                targets.append(line.then.place)
            if line.certain and first & settled:
                reached = min((each for each in targets if each > place), default=len(self._lines))
                past = ((1 << reached) - 1) & ~((first << 1) - 1)
                bits &= ~past
                telling &= ~past
        return bits

    def _atoms_of(self, level, asking):
        """Return [(bits that hold, spans)] of the values of a field, those with the same bits taken together."""
        known = self._atoms.get((level, asking))
        if known is not None:
            return known
        name = ORDER[level]
        edges = {}
        bits = asking
        while bits:
            bit = bits & -bits
            bits ^= bit
            for low, high in self._boxes[bit.bit_length() - 1][name]:
                edges[low] = edges.get(low, 0) ^ bit
                edges[high + 1] = edges.get(high + 1, 0) ^ bit
        highest, held, start, found = FIELDS[name], 0, 0, {}
        for edge in sorted(edges):
            if edge > start:
                found.setdefault(held, []).append((start, min(edge - 1, highest)))
            held ^= edges[edge]
            start = edge
        if start <= highest:
            found.setdefault(held, []).append((start, highest))
        if name == "family":
            found = {held: atom for held, spans_of in found.items() if (atom := intersection(spans_of, IP_VERSIONS))}
        known = self._atoms[(level, asking)] = list(found.items())
        return known

    def _leaf(self, bits, values):
        clauses = (bits & self._of_clauses) >> self._clauses_at
        clause = self._clauses[(clauses & -clauses).bit_length() - 1]
        outcomes, doubts = {}, []
        self._follow(bits & self._of_lines, 0, outcomes, doubts)
        wrong = {
            outcome: line
            for outcome, line in outcomes.items()
            if not agree(outcome, clause, values) and not self._fine(outcome, values)
        }
        if not wrong:
            return
        certain = len(wrong) == len(outcomes)
        marks = frozenset(name for number, name in enumerate(self._names) if bits >> (self._marks_at + number) & 1)
        same = (tuple(sorted(wrong.values())), clause.key, tuple(outcomes) == (DROPPED,), marks, certain)
        if same in self._told:
            return
        self._told.add(same)
        self._results.append(
            Found(values, clause, tuple(wrong.items()), marks, () if certain else tuple(dict.fromkeys(doubts)))
        )

    def _follow(self, bits, place, outcomes, doubts, passed=()):
        """Collect {Outcome: the lines that decide it} of what can become of a packet for which these lines hold."""
        bits &= ~((1 << place) - 1)
        while bits:
            first = bits & -bits
            bits ^= first
            line = self._lines[first.bit_length() - 1]
            by = (*passed, line.name) if line.passes else passed
            if not line.certain:
                doubts.append(line.name)
                if isinstance(line.then, Label):
                    self._follow(bits, line.then.place, outcomes, doubts, by)
                else:
                    outcomes.setdefault(line.then, line.name)
            elif isinstance(line.then, Label):
                bits &= ~((1 << line.then.place) - 1)
                passed = by
            else:
                outcomes.setdefault(line.then, "; ".join(passed) if passed and line.then.passes else line.name)
                return
        raise ValueError("a packet came to the end of the lines, and none had decided")


def agree(outcome, clause, values):
    """Return whether an outcome is what a clause says, for all packets with these values."""
    if not outcome.passes or not clause.allowed:
        return outcome.passes == clause.allowed
    if outcome.masqueraded != clause.masqueraded:
        return False
    if not outcome.to or not clause.to:
        return not outcome.to and not clause.to
    address, port = outcome.to
    if address != int(clause.to[0]):
        return False
    shift = clause.to[1] - clause.to[2]
    ports = values.get("port", ((0, FIELDS["port"]),))
    return all((each if port is None else port) == each + shift for each in (ports[0][0], ports[-1][1]))
