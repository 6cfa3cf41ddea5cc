# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the controls of segmentation say of a router: its running rules against the policy, and what no rule can see."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.policy import model
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import ROUTER, TCP, UDP
from ansible_collections.hearthwall.home.plugins.module_utils.segmentation import isolation

EQUAL, NEVER, MANAGEMENT, EXPIRED, ISOLATION, IPV6, SERVICES = (f"HW-SEG-{number:02d}" for number in range(1, 8))
LOADED = "HW-SEG-08"
NUMBERS = {TCP: "tcp", UDP: "udp"}
UNDECLARED = "no policy is declared (hearthwall_policy), so nobody knows who is meant to reach whom"


def undeclared():
    """Return the verdicts for a router of a home without a policy."""
    rest = (NEVER, MANAGEMENT, EXPIRED, ISOLATION, IPV6, SERVICES, LOADED)
    return [
        verdict(EQUAL, "unknown", "a policy that the running rules are equal to", UNDECLARED),
        *(verdict(control, "not_applicable", "", UNDECLARED) for control in rest),
    ]


def judge(policy, proof, blind, links):
    """Return the verdicts. ``proof`` is None where the running rules could not be read; ``blind`` says why."""
    evidence = (
        f"{proof.ways} ways through the router, every packet told apart that rules or policy tell apart"
        if proof
        else ""
    )

    def asked(control, expected, about, good):
        """Speak of the differences of one kind."""
        if proof is None:
            return verdict(control, "unknown", expected, blind)
        wrong = [each for each in proof.differences if about(each)]
        doubtful = [each for each in proof.unknown if about(each)]
        if wrong:
            return verdict(control, "fail", expected, _told(wrong), evidence)
        if doubtful:
            return verdict(control, "unknown", expected, _told(doubtful), evidence)
        return verdict(control, "pass", expected, good, evidence)

    def manages(each):
        return each.outbound == ROUTER and _managed(policy, each.packet)

    managers = ", ".join(source.name for source in policy.router.manage)
    return [
        asked(EQUAL, "the running rules let through what the policy says and nothing else", lambda each: True, "equal"),
        _never(policy, asked),
        asked(MANAGEMENT, f"the router is managed from {managers} and from nowhere else", manages, "so it is"),
        _expired(policy),
        _isolation(policy, links),
        asked(
            IPV6,
            "IPv6 is let through as the policy says and not otherwise",
            lambda each: each.packet.family == 6,
            "equal, asked for IPv6 by itself",
        ),
        asked(
            SERVICES,
            "the router serves each network what the policy says and nothing else",
            lambda each: each.outbound == ROUTER and not manages(each),
            "equal, asked for packets to the router itself",
        ),
    ]


def _told(differences):
    more = f"; and {len(differences) - 1} more" if len(differences) > 1 else ""
    return f"{differences[0]}{more}"


def _managed(policy, packet):
    name = NUMBERS.get(packet.protocol)
    return any(
        ports.protocol == name and ports.low <= packet.port <= ports.high
        for service in policy.router.manage_services
        for ports in service.ports
    )


def _never(policy, asked):
    if not policy.never:
        return verdict(NEVER, "not_applicable", "", "the policy says of nothing that it must never be")
    listed = "; ".join(
        f"{_names(never.sources)} to {_names(never.destinations)}" + (f" ({never.why})" if never.why else "")
        for never in policy.never
    )
    return asked(NEVER, f"never: {listed}", lambda each: bool(each.never), "none of it is open")


def _names(ends):
    return ", ".join(end.name for end in ends)


def _expired(policy):
    expected = "every flow with a date is still within it"
    if not policy.expired:
        return verdict(EXPIRED, "pass", expected, "none is past its date")
    listed = "; ".join(
        f"{flow.key}: {_names(flow.sources)} to {_names(flow.destinations)} until {flow.until} ({flow.why})"
        for flow in policy.expired
    )
    return verdict(EXPIRED, "fail", expected, f"past its date, and no longer let through: {listed}")


def isolations(policy, links):
    """Return the Isolation of each zone whose devices are not to reach each other."""
    return [
        isolation.isolation(zone, links)
        for zone in policy.inside
        if zone.kind == model.LAN and zone.intra == model.ISOLATE
    ]


def _isolation(policy, links):
    found = isolations(policy, links)
    if not found:
        return verdict(ISOLATION, "not_applicable", "", "no zone of the policy is to be isolated")
    states = {each.state for each in found}
    status = "fail" if isolation.NOT_ENFORCED in states else "unknown" if isolation.UNKNOWN in states else "pass"
    expected = f"isolated: {', '.join(each.zone for each in found)}"
    return verdict(ISOLATION, status, expected, "; ".join(map(str, found)))
