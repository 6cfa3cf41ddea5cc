# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of others beside the compiled table: what they change counts, and what only looks like a change does not."""

from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.nftables import compiled
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.prove import prove
from example_policies import HOME, TODAY
from kernel import ruleset_of

POLICY = load(HOME, TODAY)
WAN = POLICY.wan.interfaces[0]
FORWARD = POLICY.forwards[0]
HOST = POLICY.hosts[FORWARD.host].ip4


def sending_on(port, to):
    return (
        "table inet foreign { chain p { type nat hook prerouting priority dstnat - 1; "
        f'iifname "{WAN}" {FORWARD.protocol} dport {port} dnat ip to {to}; }}; }}'
    )


def filtering(*rules):
    body = "; ".join(rules)
    return f"table inet foreign {{ chain f {{ type filter hook forward priority -1; {body}; }}; }}"


def result(foreign):
    return prove(POLICY, ruleset_of(compiled(POLICY), foreign), beside_others=True).result


def test_a_rule_that_sends_on_what_the_policy_forwards_is_no_difference():
    assert result(sending_on(FORWARD.low, f"{HOST}:{FORWARD.to_port}")) == "equal"


@pytest.mark.parametrize(
    ("port", "to"),
    [(FORWARD.low, "192.0.2.7"), (FORWARD.low, f"{HOST}:{FORWARD.to_port + 1}")],
    ids=["another host", "another port"],
)
def test_a_rule_that_sends_it_elsewhere_is_one(port, to):
    assert result(sending_on(port, to)) == "different"


def test_a_rule_that_lets_answers_pass_by_their_direction_is_no_difference():
    assert result(filtering("ct direction reply accept", "ct state related accept", "accept")) == "equal"


def test_a_rule_that_drops_answers_is_one():
    assert result(filtering("ct direction reply drop")) == "different"
