# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the rules of a policy file allow together, and where one file allows more than another: exactly.

Rules only add, so that one broad rule defeats all narrow ones; only their union says what is open. Both files are asked
about every kind of thing that any name in either can tell apart: each person and tag that is named and one more that is
not, each address range between two bounds that are written anywhere.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.policy import spans
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet import selectors
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet.reading import (
    EVERY_PORT,
    ICMP,
    ICMP6,
    NAMES,
    TCP,
    UDP,
    as_network,
)
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet.selectors import SELF, Thing

HIGHEST = {4: (1 << 32) - 1, 6: (1 << 128) - 1}
ADDRESS = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}


@dataclass(frozen=True)
class Opening:
    """Something that one file allows and the other does not: the counterexample."""

    key: str
    source: Thing
    target: Thing
    protocol: int
    port: int

    def __str__(self):
        name = NAMES.get(self.protocol, f"protocol {self.protocol}")
        port = f" port {self.port}" if self.protocol in (TCP, UDP) else ""
        return f"{self.key} lets {self.source} reach {self.target} on {name}{port}"


def ports(document, source, target):
    """Return {protocol: spans} that a source may open to a target, over all rules together."""
    found = {}
    for rule in document.rules:
        if _applies(rule, document, source, target):
            for protocol, wanted in rule.ports.items():
                found[protocol] = spans.union(found.get(protocol, ()), wanted)
    if found:
        # Tailscale's filter lets pings through to every address that has an open port.
        found.update({ICMP: EVERY_PORT, ICMP6: EVERY_PORT})
    return found


def allows(document, source, target, protocol, port):
    """Return whether a source may open a connection."""
    return spans.contains(ports(document, source, target).get(protocol, ()), port)


def unread(document):
    """Return what of a file nobody here understands."""
    names = {name for rule in document.rules for name in (*rule.sources, *rule.targets)}
    strange = sorted(name for name in names if not selectors.known(name, document))
    return [*document.unread, *(f"{name!r} means nothing here" for name in strange)]


def beyond(existing, wanted):
    """Return the Openings by which one file allows more than another, one for each rule that does."""
    sources, targets = _kinds(existing, wanted)
    found = {}
    for source in sources:
        for target in targets:
            if source.address.version != target.address.version:
                continue
            have = ports(existing, source, target)
            if not have:
                continue
            want = ports(wanted, source, target)
            for rule in existing.rules:
                if rule.key not in found and _applies(rule, existing, source, target):
                    extra = _extra(rule.ports, want)
                    if extra:
                        found[rule.key] = Opening(rule.key, source, target, *extra)
    return list(found.values())


def _extra(have, want):
    """Return (protocol, port) of the least that is in one and not in the other; None where nothing is."""
    for protocol, listed in sorted(have.items(), key=lambda each: (each[0] not in (TCP, UDP), each[0])):
        rest = spans.intersection(listed, spans.complement(want.get(protocol, ()), 65535))
        # Port 0 is nobody's: the counterexample is one that can be tried.
        rest = spans.intersection(rest, ((1, 65535),)) or rest
        if rest:
            return protocol, rest[0][0]
    return None


def _applies(rule, document, source, target):
    if not any(selectors.matches(name, source, document) for name in rule.sources):
        return False
    return any(
        selectors.same(source, target) if name == SELF else selectors.matches(name, target, document)
        for name in rule.targets
    )


def _kinds(*documents):
    """Return (sources, targets): one Thing of every kind that the files can tell apart."""
    things = _things(documents)
    own = any(SELF in rule.targets for document in documents for rule in document.rules)

    def one_of_each(side):
        seen = {}
        for thing in things:
            matched = tuple(
                frozenset(name for name in _names(document, side) if selectors.matches(name, thing, document))
                for document in documents
            )
            if any(matched) or own:
                whose = thing.owner if own and thing.personal else ""
                seen.setdefault((thing.address.version, matched, whose), thing)
        return list(seen.values())

    return one_of_each("sources"), one_of_each("targets")


def _names(document, side):
    return {name for rule in document.rules for name in getattr(rule, side)}


def _things(documents):
    owners, bounds = {selectors.MEMBER, selectors.SHARED, selectors.OTHER_TAG}, {4: {0}, 6: {0}}
    for network in selectors.TAILNET:
        _bound(bounds, network)
    for version, listed in selectors.PUBLIC.items():
        for low, high in listed:
            bounds[version] |= {low, min(high + 1, HIGHEST[version])}
    for document in documents:
        named = {name for rule in document.rules for name in (*rule.sources, *rule.targets)}
        named |= {who for group in document.groups.values() for who in group}
        named |= {part.rpartition(" ")[2] for parts in document.ipsets.values() for part in parts}
        for name in named:
            network = document.hosts.get(name.lower()) or as_network(name)
            if network is not None:
                _bound(bounds, network)
            elif selectors.role(name):
                owners.add(f"another {selectors.role(name)}")
            elif name.startswith(("tag:", "svc:")) or ("@" in name and ":" not in name):
                owners.add(name)
    found = []
    for version, starts in bounds.items():
        for start in sorted(starts):
            address = ADDRESS[version](start)
            if any(address in network for network in selectors.TAILNET):
                found += [Thing(address, owner) for owner in sorted(owners)]
            else:
                found.append(Thing(address))
    return found


def _bound(bounds, network):
    version = network.version
    bounds[version] |= {int(network.network_address), min(int(network.broadcast_address) + 1, HIGHEST[version])}
