#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: policy_proof
short_description: Prove nftables rules equal to a network policy, or show a packet that they treat otherwise
version_added: 0.1.0
description:
  - Reads the rules back as the kernel lists them, tells all packets apart that the rules or the policy tell apart, and
    compares what becomes of each. Exact, for IPv4 and IPv6, connection states and translated addresses.
  - Rules that are not in force yet are loaded in a network namespace of their own, so that nothing is touched.
  - A rule that cannot be read and that something hangs on gives V(unknown), never V(equal).
  - What is taken for granted is that the router routes by the zones' networks. Rules of iptables-legacy are not seen.
options:
  policy:
    description: The policy, as C(hearthwall_policy) has it.
    type: dict
    required: true
  interfaces:
    description: The interfaces of the zones that name none, as lists by zone.
    type: dict
    default: {}
  rules:
    description: The text of the rules to prove. Without it, the rules in force are proved.
    type: str
  scope:
    description:
      - What to prove. V(alone) is O(rules) by themselves; V(beside) is O(rules) in place of the table
        C(inet hearthwall_policy) among the rules in force; V(live) is the rules in force.
      - By default V(alone) with O(rules), and V(live) without.
    type: str
    choices: [alone, beside, live]
extends_documentation_fragment:
  - action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    platforms: debian
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Prove the rules in force
  hearthwall.home.policy_proof:
    policy: "{{ hearthwall_policy }}"
  register: proof

- name: Stop at the first packet that is treated otherwise
  ansible.builtin.assert:
    that: proof.result == "equal"
    fail_msg: "{{ proof.counterexample or proof.reason }}"
"""

RETURN = r"""
result:
  description: V(equal), V(different), or V(unknown).
  type: str
  returned: always
reason:
  description: Why nothing could be proved, where the rules could not be had.
  type: str
  returned: always
counterexample:
  description: The most telling difference in one sentence; one that violates a C(never) comes first.
  type: str
  returned: always
differences:
  description: >-
    Packets that the rules certainly treat otherwise, each with C(packet), C(inbound), C(outbound), C(policy),
    C(policy_says), C(rules), C(rule), C(opens) and C(never).
  type: list
  elements: dict
  returned: always
unknown:
  description: Packets whose fate hangs on rules that cannot be read, in the same form, with C(unreadable).
  type: list
  elements: dict
  returned: always
expired:
  description: The flows whose last day is over.
  type: list
  elements: str
  returned: always
ways:
  description: How many pairs of interfaces were looked at.
  type: int
  returned: always
seconds:
  description: How long the proof took.
  type: float
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import PolicyError, load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.on_host import ALONE, LIVE, SCOPES, proved


def main():
    module = AnsibleModule(
        argument_spec={
            "policy": {"type": "dict", "required": True},
            "interfaces": {"type": "dict", "default": {}},
            "rules": {"type": "str"},
            "scope": {"type": "str", "choices": list(SCOPES)},
        },
        required_if=[("scope", "alone", ["rules"]), ("scope", "beside", ["rules"])],
        supports_check_mode=True,
    )
    given = module.params
    try:
        policy = load(given["policy"]).with_interfaces(given["interfaces"])
    except PolicyError as error:
        module.fail_json(msg=f"The policy cannot be used:\n{error}", problems=error.problems)
    missing = policy.without_interface()
    if missing:
        module.fail_json(msg=f"The interfaces of {', '.join(missing)} are not known. Name them, or give interfaces.")
    scope = given["scope"] or (LIVE if given["rules"] is None else ALONE)
    expired = [flow.key for flow in policy.expired]
    module.exit_json(changed=False, expired=expired, **proved(policy, scope, given["rules"]))


if __name__ == "__main__":
    main()
