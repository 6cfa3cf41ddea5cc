# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules that a packet meets on one way through a router, as one list of lines: the first that holds decides.

A line ends the packet's way, or goes on at a later line; nothing ever goes back. Any firewall's rules can be written
so, and a backend that is not nftables hands its own to ``prove_programs`` in this form.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """What becomes of a packet."""

    passes: bool
    to: tuple | None = None  # (address as a number or ROUTER, port or None: unchanged) after translation
    masqueraded: bool = False


DROPPED = Outcome(False)


class Label:
    """A place in the list, known once it is reached."""

    def __init__(self):
        self.place = None


@dataclass
class Line:
    """A line: the packets that it holds for, and where they go."""

    where: dict  # {field: spans}; a field that is not named may have any value
    then: Outcome | Label
    name: str  # the rule, for people
    certain: bool = True  # False: something in it could not be read, so that it may or may not hold
    passes: bool = False  # whether it lets packets pass (or translates them), so that it is to be named


@dataclass
class Program:
    """The lines of one way."""

    lines: list = field(default_factory=list)

    def add(self, where, then, name, certain=True, passes=False):
        self.lines.append(Line(where, then, name, certain, passes))

    def here(self, label):
        label.place = len(self.lines)
