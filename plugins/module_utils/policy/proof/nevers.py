# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The packets that a ``never`` is about, so that a difference can say which one it violates."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.hearthwall.home.plugins.module_utils.policy.meaning import Meaning
from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import Flow, Policy
from ansible_collections.hearthwall.home.plugins.module_utils.policy.packet import ROUTER


class Nevers:
    """For each way through the router, the boxes of packets that some never forbids."""

    def __init__(self, policy):
        self._policy = policy
        as_flows = [
            Flow(never.sources, never.destinations, never.services, never.why, key=never.key) for never in policy.never
        ]
        bare = Policy(zones=policy.zones, hosts=policy.hosts, flows=tuple(as_flows))
        self._meaning = Meaning(replace(bare, zones=policy.zones))

    def marks(self, inbound, outbound):
        """Return [(key, box)] for one way."""
        if inbound not in self._policy.zones:
            return ()
        found = [(clause.key, clause.where) for clause in self._meaning.granted(inbound, outbound)]
        if inbound == outbound:
            found += [
                (never.key.partition(".")[2], {})
                for never in self._policy.never
                if any(end.name == inbound for end in never.sources)
                and any(end.name == inbound for end in never.destinations)
            ]
        return found if outbound == ROUTER or outbound in self._policy.zones else ()
