# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that a policy opens, whichever part of it says so: flows, internet access, router services, forwards."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.policy import model
from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import Endpoint, Ports, Service
from ansible_collections.hearthwall.home.plugins.module_utils.policy.services import WELL_KNOWN


@dataclass(frozen=True)
class Opening:
    """One pair of ends between which the policy allows services."""

    key: str  # where it is written: hearthwall_policy.flows[3]
    source: Endpoint
    destination: Endpoint
    services: tuple
    why: str = ""
    until: datetime.date | None = None


def openings(policy):
    """Yield every Opening of a policy that is in force."""
    for flow in policy.flows:
        for source, destination in flow.pairs():
            yield Opening(flow.key, source, destination, flow.services, flow.why, flow.until)
    anything = (WELL_KNOWN[model.ANY],)
    for zone in policy.zones.values():
        end = Endpoint("zone", zone.name, zone.name)
        if zone.internet == model.ALLOW and policy.wan:
            internet = Endpoint(model.INTERNET, model.INTERNET, policy.wan.name)
            yield Opening(f"hearthwall_policy.zones.{zone.name}.internet", end, internet, anything, "internet access")
        if zone.intra == model.ALLOW:
            yield Opening(f"hearthwall_policy.zones.{zone.name}.intra", end, end, anything, "within the zone")
    yield from _of_the_router(policy)
    for forward in policy.forwards if policy.wan else ():
        service = Service(forward.port, (Ports(forward.protocol, forward.to_port, forward.to_high),))
        wan = Endpoint("zone", policy.wan.name, policy.wan.name)
        host = Endpoint("host", forward.host, policy.hosts[forward.host].zone)
        yield Opening(forward.key, wan, host, (service,), forward.why)


def _of_the_router(policy):
    router = Endpoint(model.ROUTER, model.ROUTER)
    for source in policy.router.manage:
        services = policy.router.manage_services
        yield Opening("hearthwall_policy.router.manage", source, router, services, "management")
    for key, names in (("dhcp", ("dhcp", "dhcpv6")), ("dns", ("dns",)), ("ntp", ("ntp",))):
        services = tuple(WELL_KNOWN[name] for name in names)
        for zone in getattr(policy.router, key):
            end = Endpoint("zone", zone, zone)
            yield Opening(f"hearthwall_policy.router.{key}", end, router, services, f"the router's {key}")
    for reflection in policy.reflect:
        for zone in reflection.zones:
            end, service = Endpoint("zone", zone, zone), WELL_KNOWN[reflection.service]
            yield Opening(reflection.key, end, router, (service,), "repeated to other zones")
