# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every way into Home Assistant that was found, from all sides, and which of them is declared. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict

EVERY_WAY = "HW-WAY-08"
FROM_OUTSIDE = "HW-WAY-09"
# What a provider gives its customers is not the internet's address.
NOT_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7")
)
NOT_TRIED = "not tried from outside: no exposure_vantage is declared"


@dataclass
class Census:
    """What was found: ways that are declared, ways that are not, and what could not be seen.

    `blind`: what this run should have seen; `beyond`: what no run like this one sees.
    """

    declared: list = field(default_factory=list)
    undeclared: list = field(default_factory=list)
    blind: list = field(default_factory=list)
    beyond: list = field(default_factory=list)

    def speaks(self, spoken, about):
        """Take what a control of one part says: a failure is an undeclared way, silence a blind spot."""
        if spoken is None:
            self.blind.append(f"{about} was not judged in this run")
        elif spoken["status"] == "fail":
            self.undeclared.append(f"{about}: {spoken['actual']}")
        elif spoken["status"] in ("unknown", "error"):
            self.blind.append(f"{about}: {spoken['actual']}")


@dataclass
class Tried:
    """What answered from outside: declared ways, what is no way to Home Assistant, and what should not have."""

    vantage: str
    declared: list = field(default_factory=list)
    others: list = field(default_factory=list)
    undeclared: list = field(default_factory=list)
    blind: list = field(default_factory=list)
    count: int = 0


def is_public(address):
    """Return whether the internet can reach an address at all."""
    parsed = ipaddress.ip_address(address)
    return not any(parsed.version == network.version and parsed in network for network in NOT_PUBLIC)


def tried(vantage, found, declared, others, inside):
    """Judge what a vantage found. `declared`, `others`: {(address, port): what it is}; `inside`: its own networks."""
    result = Tried(vantage)
    networks = [ipaddress.ip_network(each, strict=False) for each in inside]
    for address, seen in sorted(found.items()):
        if seen["unreachable"]:
            result.blind.append(f"{address}: {seen['unreachable']}")
            continue
        source = ipaddress.ip_address(seen["source"])
        if any(source.version == network.version and source in network for network in networks):
            result.blind.append(f"{vantage} ({source}) is inside the home: what it reaches says nothing")
            continue
        result.count += len(seen["open"]) + seen["refused"] + seen["silent"]
        for port in seen["open"]:
            place = (address, port)
            if place in declared:
                result.declared.append(f"tcp {port} of {address} ({declared[place]})")
            elif place in others:
                result.others.append(f"tcp {port} of {address} ({others[place]})")
            else:
                result.undeclared.append(f"tcp {port} of {address}")
        if seen["untried"]:
            result.blind.append(f"{address}: {len(seen['untried'])} ports were not tried in time")
        elif not seen["open"] and not seen["refused"] and not seen["answers"]:
            result.blind.append(f"{address}: nothing answers, no ping either; whether the probes arrive cannot be told")
    return result


def every_way(census, outside):
    """Return the verdict about all ways; `outside`: a Tried, or None where nobody tried."""
    expected = "no way in but the declared ones"
    undeclared = [*census.undeclared, *(f"answers to {outside.vantage}: {each}" for each in _wrong(outside))]
    evidence = NOT_TRIED if outside is None else f"{outside.count} connections tried from {outside.vantage}"
    evidence = "; ".join([evidence, *census.beyond])
    listed = f"declared: {'; '.join(census.declared)}" if census.declared else "no way in is declared"
    if undeclared:
        return verdict(EVERY_WAY, "fail", expected, f"not declared: {'; '.join(undeclared)}; {listed}", evidence)
    if census.blind:
        return verdict(EVERY_WAY, "unknown", expected, f"{'; '.join(census.blind)}; {listed}", evidence)
    return verdict(EVERY_WAY, "pass", expected, listed, evidence)


def from_outside(census, outside):
    """Return the verdict about what answers the internet, and whether any side was left out."""
    expected = "nothing but the declared ways answers there, and no side was left out"
    if outside is None:
        return verdict(FROM_OUTSIDE, "unknown", expected, "; ".join([NOT_TRIED, *census.beyond]))
    evidence = f"{outside.count} connections tried from {outside.vantage}"
    if outside.others:
        evidence += f"; no way to Home Assistant: {'; '.join(outside.others)}"
    if outside.undeclared:
        return verdict(FROM_OUTSIDE, "fail", expected, f"answers: {'; '.join(outside.undeclared)}", evidence)
    unseen = [*outside.blind, *census.beyond]
    if unseen or not outside.count:
        return verdict(FROM_OUTSIDE, "unknown", expected, "; ".join(unseen) or "nothing was tried", evidence)
    return verdict(FROM_OUTSIDE, "pass", expected, "; ".join(outside.declared) or "nothing answers", evidence)


def _wrong(outside):
    return outside.undeclared if outside else []
