#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_tunnel
short_description: See where a Cloudflare Tunnel leads and who stands in front of it
version_added: 0.1.0
description:
  - Asks Cloudflare's API, from the controller, where a tunnel leads and whether Access asks everybody who they are.
    Sets where a tunnel leads that is managed at Cloudflare.
  - Without an API token nothing is asked, and what only Cloudflare can tell is unknown.
  - Fails before a tunnel is opened that anybody could come through. One that is open already is a finding.
options:
  hostname:
    description: The name that visitors come to.
    type: str
    required: true
  service:
    description: Where the tunnel leads, such as V(https://127.0.0.1:443).
    type: str
    required: true
  origin:
    description: How that place is spoken to, by Cloudflare's names (C(originServerName), C(caPool)).
    type: dict
    default: {}
  token:
    description: The token of a tunnel that is managed at Cloudflare.
    type: str
  credentials:
    description: The credentials of a tunnel that is managed on its host.
    type: dict
  api_token:
    description: A token of Cloudflare's API.
    type: str
  api_url:
    description: Where that API is.
    type: str
    default: https://api.cloudflare.com/client/v4
  access_bypass:
    description: Paths that Access may leave open, such as V(/api/webhook).
    type: list
    elements: str
    default: []
  direct:
    description: Whether the tunnel ends at Home Assistant itself, with no proxy in between.
    type: bool
    default: false
extends_documentation_fragment:
  - hearthwall.home.attributes
attributes:
  diff_mode:
    support: full
  platform:
    platforms: debian
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: See where the tunnel leads and who stands in front of it
  hearthwall.home.cloudflare_tunnel:
    hostname: ha.example.org
    service: https://127.0.0.1:443
    origin: {originServerName: ha.example.org}
    token: "{{ vault_tunnel_token }}"
    api_token: "{{ vault_cloudflare_api_token }}"
"""

RETURN = r"""
tunnel:
  description: Which tunnel it is, and its rules.
  returned: always
  type: dict
  contains:
    identifier:
      description: Its identifier.
      type: str
    rules:
      description: The rules, the catch-all last.
      type: list
hearthwall_verdicts:
  description: What the controls of the tunnel were found to be.
  returned: always
  type: list
  elements: dict
  sample: [{id: HW-CF-04, status: pass}]
"""
