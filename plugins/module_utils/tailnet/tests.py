# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tests that a policy file carries: Tailscale refuses any later edit that breaks one of them."""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.tailnet import selectors, union
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet.reading import TCP, UDP, Document, as_network
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet.selectors import Thing

# What nobody should come by without its being said: logins, Home Assistant past its front door, broker, files.
TEMPTING = (22, 80, 443, 445, 1883, 8123)
PROTOCOLS = {"tcp": TCP, "udp": UDP}


def network(data, people, node):
    """Return ``tests``: for each person what is open and what is not, by the file's own rules."""
    document = Document(data)
    found = []
    for person in sorted(people):
        for name, protocol in PROTOCOLS.items():
            accepted, denied = [], []
            for target, thing in _targets(document, node):
                source = Thing(_own(thing.address.version), person)
                for port in _asked(document, protocol):
                    allowed = union.allows(document, source, thing, protocol, port)
                    (accepted if allowed else denied).append(f"{target}:{port}")
            if accepted or (denied and protocol == TCP):
                found.append({"src": person, "proto": name, "accept": accepted, "deny": denied})
    # Who takes the device over comes no further than it has to.
    source = Thing(_own(4), node.tag)
    back = [p for p in TEMPTING if not union.allows(document, source, Thing(_own(4), node.tag), TCP, p)]
    if back:
        found.append({"src": node.tag, "proto": "tcp", "accept": [], "deny": [f"{node.tag}:{port}" for port in back]})
    return found


def ssh(node, people, users):
    """Return ``sshTests``: nobody comes in by Tailscale SSH but as whom it is declared, and then after a check."""
    found = []
    for person in sorted(people):
        asked = {"src": person, "dst": [node.tag]}
        if users:
            asked["check"] = sorted(users)
        if "root" not in users:
            asked["deny"] = ["root"]
        found.append(asked)
    return found


def _targets(document, node):
    yield node.tag, Thing(_own(4), node.tag)
    for name, address in document.hosts.items():
        yield name, Thing(address.network_address)


def _asked(document, protocol):
    """Return the ports to ask about: the first of everything that is open anywhere, and the tempting ones."""
    opened = {
        max(low, 1)
        for rule in document.rules
        for low, high in rule.ports.get(protocol, ())
        if (low, high) != (0, 65535)
    }
    return sorted(opened | (set(TEMPTING) if protocol == TCP else set()))


def _own(version):
    """Return an address of the tailnet."""
    return next(each.network_address for each in selectors.TAILNET if each.version == version)


def holds(data):
    """Return the tests of a file that its own rules do not meet, as texts."""
    document, broken = Document(data), []
    for number, test in enumerate(data.get("tests") or ()):
        protocol = PROTOCOLS[test.get("proto", "tcp")]
        for word, right in (("accept", True), ("deny", False)):
            for written in test.get(word) or ():
                name, _colon, port = written.rpartition(":")
                target = _thing(document, name)
                source = Thing(_own(target.address.version), test["src"])
                if union.allows(document, source, target, protocol, int(port)) is not right:
                    broken.append(f"tests[{number}]: {test['src']} {word} {written}")
    return broken


def _thing(document, name):
    network_ = document.hosts.get(name.lower()) or as_network(name)
    if network_ is None:
        return Thing(_own(4), name)
    address = ipaddress.ip_address(network_.network_address)
    return Thing(address)
