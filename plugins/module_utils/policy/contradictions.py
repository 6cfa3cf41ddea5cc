# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is well-formed in a policy, and yet cannot be meant: flows against a ``never``, and words that say nothing."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import problem
from ansible_collections.hearthwall.home.plugins.module_utils.policy import model
from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import Ports
from ansible_collections.hearthwall.home.plugins.module_utils.policy.openings import openings


def check(policy):
    """Return the problems of a policy that could be read."""
    return [*_against_never(policy), *_says_nothing(policy), *_management(policy), *_ports_twice(policy)]


def _zone(zone):
    return f"hearthwall_policy.zones.{zone.name}"


def _against_never(policy):
    for each in openings(policy):
        for never in policy.never:
            if (
                any(each.source.meets(end) for end in never.sources)
                and any(each.destination.meets(end) for end in never.destinations)
                and any(service.meets(other) for service in each.services for other in never.services)
            ):
                why = f" ({never.why})" if never.why else ""
                yield problem(
                    each.key,
                    f"lets {each.source.name} reach {each.destination.name}, which {never.key} forbids{why}",
                    "Narrow the one or remove the other.",
                )


def _says_nothing(policy):
    said = {}
    for flow in policy.flows:
        pairs = flow.pairs()
        if not pairs:
            yield problem(
                f"{flow.key}.to",
                "stays within one zone, where the router sees no packet: it cannot allow or deny it",
                "Remove it; intra: allow or isolate decides for the whole zone.",
            )
            continue
        grants = {
            (source, destination, ports)
            for source, destination in pairs
            for service in flow.services
            for ports in service.ports
        }
        by_zone = {
            f"{_zone(policy.zones[source.zone])}.internet"
            for source, destination, _ports in grants
            if destination.kind == model.INTERNET and policy.zones[source.zone].internet == model.ALLOW
        }
        if by_zone and all(
            destination.kind == model.INTERNET and policy.zones[source.zone].internet == model.ALLOW
            for source, destination, _ports in grants
        ):
            yield problem(flow.key, f"says nothing: {' and '.join(sorted(by_zone))} allows it already", "Remove one.")
        elif all(grant in said for grant in grants):
            before = sorted({said[grant] for grant in grants})
            yield problem(flow.key, f"says nothing: {' and '.join(before)} allows it already", "Remove one.")
        for grant in grants:
            said.setdefault(grant, flow.key)


def _management(policy):
    where = "hearthwall_policy.router.manage"
    for number, source in enumerate(policy.router.manage):
        zone = policy.zones[source.zone]
        if zone.kind == model.WAN:
            yield problem(
                f"{where}.from[{number}]",
                f"{source.name} would open the router's administration to the internet",
                "Manage it from a zone inside, or through a zone of kind vpn.",
            )
    ports = [each for service in policy.router.manage_services for each in service.ports]
    if policy.router.manage and ports and not any(each.protocol in ("tcp", "udp", model.ANY) for each in ports):
        yield problem(f"{where}.services", "nobody can log in with these alone", "Name how you log in: [ssh].")


def _ports_twice(policy):
    """A port of the WAN address leads to one place: a host, or the router itself."""
    taken = []
    if policy.forwards and not policy.wan:
        yield problem(policy.forwards[0].key, "there is no zone of kind wan to forward from", "Add it to zones.")
        return
    for flow in policy.flows:
        for source, destination in flow.pairs():
            if destination.kind == model.ROUTER and policy.wan and source.zone == policy.wan.name:
                taken += [(ports, flow.key) for service in flow.services for ports in service.ports]
    for forward in policy.forwards:
        mine = Ports(forward.protocol, forward.low, forward.high)
        for ports, key in taken:
            if ports.meets(mine):
                yield problem(f"{forward.key}.port", f"{mine} is already taken by {key}", "Use another port.")
        taken.append((mine, forward.key))
