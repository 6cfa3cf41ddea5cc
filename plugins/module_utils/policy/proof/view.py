# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the rules at one point of a packet's way see of it, beside what the packet brings along."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.policy import spans
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import (
    ESTABLISHED,
    FIELDS,
    INVALID,
    NEW,
    RELATED,
    STATES,
    UNTRACKED,
)
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof import fields
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.matches import both

_MULTICAST = {4: ipaddress.ip_network("224.0.0.0/4"), 6: ipaddress.ip_network("ff00::/8")}
_KNOWN = spans.union(*(spans.one(STATES.index(each)) for each in (ESTABLISHED, RELATED)))
_FRESH = spans.union(*(spans.one(STATES.index(each)) for each in (NEW, INVALID, UNTRACKED)))


@dataclass(frozen=True)
class Home:
    """What of the home decides where addresses are: broadcast addresses, and the sources behind each interface."""

    broadcasts: tuple  # IPv4 spans of the networks' broadcast addresses
    sources: dict  # {interface: {4: spans, 6: spans}}


@dataclass(frozen=True)
class View:
    """A packet's way so far, and what a translation has made of its destination."""

    home: Home
    inbound: str | None = None
    outbound: str | None = None
    local: bool = False
    translated: bool = False
    destination: int | None = None  # the new IPv4 address; None: the router's own, whichever
    port: int | None = None  # the new port; None: unchanged
    marked: bool = False  # some rule sets marks, so that nobody knows them

    def narrow(self, box):
        """Yield (box of the packet's own fields, whether it is certain) of a box of any fields."""
        plain, certain = {}, True
        later = []
        for name, wanted in box.items():
            if name in (fields.INBOUND, fields.OUTBOUND):
                interface = self.inbound if name == fields.INBOUND else self.outbound
                if interface is None:
                    certain = False
                elif not wanted.holds(interface):
                    return
            elif name == fields.MARK:
                if self.marked:
                    certain = False
                elif not spans.contains(wanted, 0):
                    return
            elif self.translated and name == "destination6":
                return
            elif self.translated and name == "destination4":
                if self.destination is None:
                    certain = False
                elif not spans.contains(wanted, self.destination):
                    return
            elif self.port is not None and name == "port":
                if not spans.contains(wanted, self.port):
                    return
            elif name in FIELDS:
                plain[name] = wanted
            else:
                later.append((name, wanted))
        found = [(plain, certain)]
        for name, wanted in later:
            found = [
                (narrowed, sure and also)
                for held, sure in found
                for more, also in self._derived(name, wanted)
                for narrowed in [both(held, more)]
                if narrowed is not None
            ]
        yield from found

    def _derived(self, name, wanted):
        """Yield (box, certain) of a field that follows from others."""
        if name == fields.DESTINATION_TYPE:
            yield from self._destination(wanted, "local" if self.local else "unicast")
        elif name == fields.PACKET_TYPE:
            yield from self._destination(wanted, "host")
        elif name == fields.STATUS:
            yield from self._status(wanted)
        elif name == fields.WAY_BACK:
            yield from self._way_back(wanted)
        elif name == fields.DIRECTION:
            yield from self._direction(wanted)
        elif self.translated:
            yield {fields.ORIGINAL[name]: wanted}, True
        else:
            # The original of a packet of a known connection may be the other direction's.
            yield {fields.ORIGINAL[name]: wanted, "state": _FRESH}, True
            yield {"state": _KNOWN}, False

    def _destination(self, wanted, single):
        """Yield what one address (the word `single`), many or all of them are."""
        if self.translated:
            if wanted.holds(single):
                yield {}, True
            return
        for version, multicast in _MULTICAST.items():
            many = spans.of_networks([multicast])
            every = spans.union(many, self.home.broadcasts) if version == 4 else many
            name = f"destination{version}"
            parts = {
                single: spans.complement(every, FIELDS[name]),
                "multicast": many,
                "broadcast": self.home.broadcasts if version == 4 else (),
            }
            for word, part in parts.items():
                if part and wanted.holds(word):
                    yield {"family": spans.one(version), name: part}, True

    def _status(self, wanted):
        readable = getattr(wanted, "those", None) == {"dnat"}
        if self.translated and readable:
            if wanted.holds("dnat"):
                yield {}, True
            return
        if not readable:
            yield {}, False
            return
        if not wanted.holds("dnat"):
            yield {"state": _FRESH}, True
        yield {"state": _KNOWN}, False

    @staticmethod
    def _direction(wanted):
        """What belongs to a connection is taken for an answer: the other packets pass by what the first one passed."""
        if wanted.holds("original"):
            yield {"state": _FRESH}, True
        if wanted.holds("reply"):
            yield {"state": _KNOWN}, True
        elif wanted.holds("original"):
            yield {"state": _KNOWN}, False

    def _way_back(self, wanted):
        """The router's routes are taken to be the zones' networks."""
        sources = self.home.sources.get(self.inbound)
        if sources is None:
            yield {}, False
            return
        for version, mine in sources.items():
            name = f"source{version}"
            for word, part in (("yes", mine), ("no", spans.complement(mine, FIELDS[name]))):
                if part and wanted.holds(word):
                    yield {"family": spans.one(version), name: part}, True
