# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's own ports: each leads to a network that the policy has, with a VLAN to keep it apart."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import did_you_mean, found_on, problem

WHERE = "segmentation_ports"


def check(home):
    return found_on(home.group("router"), [_ports])


def _ports(host):
    policy = host.get("hearthwall_policy")
    zones = policy.get("zones") if isinstance(policy, dict) else None
    if not isinstance(zones, dict):
        return
    trunks = host.get("segmentation_trunks") or []
    for interface, name in (host.get(WHERE) or {}).items():
        where = f"{WHERE}.{interface}"
        if name not in zones:
            yield problem(
                where,
                f"unknown zone {name!r}.{did_you_mean(str(name), zones)}",
                f"Use one of {', '.join(sorted(map(str, zones)))}.",
            )
        elif not isinstance(zones[name], dict) or not zones[name].get("vlan"):
            yield problem(
                where,
                f"the zone {name} has no vlan, which the router's bridge keeps it apart by",
                f"Give hearthwall_policy.zones.{name} a vlan.",
            )
        if interface in trunks:
            yield problem(where, "is in segmentation_trunks too", "A port carries one network or all of them.")
