# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is no mistake in a policy, and yet worth a word: flows that end, and IPv6 that stays closed beside IPv4."""

from __future__ import annotations

import datetime

from ansible_collections.hearthwall.home.plugins.module_utils.policy.openings import openings

SOON = datetime.timedelta(days=30)


def notes(policy, today=None):
    """Return [{key, note}], ready for JSON. ``today``: by default now, UTC."""
    today = today or datetime.datetime.now(datetime.timezone.utc).date()
    return [*_endings(policy, today), *_only_ip4(policy), *_reflected(policy)]


def _note(key, text):
    return {"key": key, "note": text}


def _endings(policy, today):
    for flow in policy.expired:
        yield _note(flow.key, f"ended on {flow.until}, and is closed: remove it, or give it a new day ({flow.why})")
    for flow in policy.flows:
        if flow.until and flow.until - today <= SOON:
            yield _note(flow.key, f"ends on {flow.until} ({flow.why})")


def _only_ip4(policy):
    dual = [zone.name for zone in policy.inside if zone.cidr4 and zone.cidr6]
    for zone in policy.inside:
        if dual and zone.cidr4 and not zone.cidr6:
            yield _note(
                f"hearthwall_policy.zones.{zone.name}", f"has no cidr6, as {dual[0]} has: its IPv6 is not routed at all"
            )
    told = set()
    for each in openings(policy):
        for end in (each.source, each.destination):
            host = policy.hosts.get(end.name) if end.kind == "host" else None
            if host and not host.ip6 and policy.zones[host.zone].cidr6 and host.name not in told:
                told.add(host.name)
                yield _note(
                    f"hearthwall_policy.hosts.{host.name}", "has no ip6: what is opened for it, is opened in IPv4 alone"
                )


def _reflected(policy):
    for reflection in policy.reflect:
        for never in policy.never:
            ends = [{end.zone for end in side if end.kind == "zone"} for side in (never.sources, never.destinations)]
            if all(set(reflection.zones) & side for side in ends) and not _within(reflection, ends):
                yield _note(
                    reflection.key,
                    f"lets devices learn of each other by {reflection.service} that {never.key} keeps apart",
                )


def _within(reflection, ends):
    """Whether only one zone is on both sides, so that nothing is repeated between them."""
    return len({zone for side in ends for zone in side if zone in reflection.zones}) < 2
