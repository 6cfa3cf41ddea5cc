#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: tailnet_policy
short_description: Derive a tailnet's policy file from the home's policy, and hold the one in force against it
version_added: 0.1.0
description:
  - Writes the policy file on the controller, with grants for what the home's network policy allows from its zone of the
    kind C(tailnet), and with tests. Where the home has no policy, people reach what is served, and nothing else.
  - With O(api), asks for the policy that is in force. Whatever its rules together open, and the home's policy does not,
    is told by a counterexample under the control C(HW-TS-10), as are logins, Funnel, owners of the tag, and routes that
    need no approval.
  - With O(push), has Tailscale try the file and its tests, keeps the present one beside it, and replaces it if nobody
    has changed it meanwhile.
  - One host of a home speaks for its tailnet.
options:
  policy:
    description: The home's network policy.
    type: dict
  people:
    description: Who the home's tailnet zone is, by their logins.
    type: list
    elements: str
    required: true
  tag:
    description: The tag of the home's device.
    type: str
    required: true
  owners:
    description: Who may give the tag.
    type: list
    elements: str
    default: ["autogroup:admin"]
  serves:
    description: The port on which Home Assistant is served; V(0) for none.
    type: int
    default: 0
  addresses:
    description: The device's addresses at home, by which the policy knows it.
    type: list
    elements: str
    default: []
  routes:
    description: What the device leads to.
    type: list
    elements: str
    default: []
  exit_node:
    description: Whether it leads to the internet.
    type: bool
    default: false
  ssh_users:
    description: As whom people may log in to it through Tailscale SSH.
    type: list
    elements: str
    default: []
  file:
    description: Where the file is written. By default C(hearthwall_tailnet.hujson) beside the home's vault file.
    type: path
  push:
    description: Whether the file replaces the tailnet's.
    type: bool
    default: false
  api:
    description: How to ask the tailnet.
    type: dict
    suboptions:
      token:
        description: An API access token.
        type: str
      client_id:
        description: The id of an OAuth client.
        type: str
      client_secret:
        description: Its secret.
        type: str
      tailnet:
        description: The tailnet; that of the login by default.
        type: str
        default: "-"
      url:
        description: Where the API is.
        type: str
      ca:
        description: The certificates of the authority that vouches for it.
        type: path
extends_documentation_fragment:
  - hearthwall.home.attributes.controller
  - hearthwall.home.attributes
attributes:
  diff_mode:
    support: full
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Hold the tailnet's policy against the home's
  hearthwall.home.tailnet_policy:
    policy: "{{ hearthwall_policy }}"
    people: [anna@example.org]
    tag: tag:ha
    serves: 443
    api:
      token: "{{ vault_tailscale_api_token }}"
"""

RETURN = r"""
file:
  description: Where the file is on the controller.
  returned: always
  type: str
  sample: /home/anna/inventory/group_vars/home/hearthwall_tailnet.hujson
openings:
  description: What the policy in force opens beyond the home's.
  returned: always
  type: list
  elements: str
  sample: ["grants[0] lets a device of another member reach tag:ha on tcp port 22"]
pushed:
  description: Whether the file was put in force.
  returned: always
  type: bool
"""
