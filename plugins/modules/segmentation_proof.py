# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: segmentation_proof
short_description: Hold a router's running rules against the home's network policy
version_added: 0.2.0
description:
  - Proves the whole running ruleset equal to the policy, or finds the packets that the two treat otherwise. A rule that
    somebody has typed by hand is found by what it means, in whatever table it is.
  - Where Hearthwall's own table no longer means what the policy says, it is loaded anew as a guarded change. Rules of
    others are findings; they are never touched.
  - Says of each isolated network whether its devices can reach each other below the rules, as the router sees it.
options:
  policy:
    description: The home's network policy, C(hearthwall_policy). Without it the controls say that nothing is declared.
    type: dict
  file:
    description: The file that the rules are kept in.
    type: path
    default: /etc/hearthwall/firewall.d/policy.nft
  look_again:
    description: Whether to read the running rules anew, for they have changed since the snapshot.
    type: bool
    default: false
  confirm_within:
    description: Seconds in which a guarded change has to be confirmed over a new connection before it is undone.
    type: int
    default: 60
extends_documentation_fragment:
  - hearthwall.home.attributes
attributes:
  platform:
    platforms: debian
seealso:
  - module: hearthwall.home.segmentation
  - module: hearthwall.home.policy_proof
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Hold the running rules against the policy
  hearthwall.home.segmentation_proof:
    policy: "{{ hearthwall_policy }}"
"""

RETURN = r"""
hearthwall_network:
  description: Who reaches whom, for the report.
  returned: when there is a policy
  type: dict
  contains:
    matrix:
      description: Zones by zones, with the flows that open each cell.
      type: dict
    proof:
      description: Whether the running rules are equal to the policy, and the packets that show where they are not.
      type: dict
    isolation:
      description: "For each isolated zone C(state) (enforced, not enforced, unknown) and C(why)."
      type: dict
"""
