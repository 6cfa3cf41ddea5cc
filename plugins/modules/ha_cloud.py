#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ha_cloud
short_description: Set what Home Assistant Cloud may do
version_added: 0.1.0
description:
  - Holds the preferences of Home Assistant Cloud (Nabu Casa) against what is declared, and sets those that differ
    through Home Assistant's own API. Plans on the controller, from the host's snapshot, and makes no connection where
    nothing differs.
  - Does nothing where Home Assistant is not logged in to its cloud.
options:
  remote:
    description: Whether Home Assistant is reached through the cloud.
    type: bool
    default: false
  remote_from_outside:
    description: Whether remote access may be switched on from outside, by whoever has the account of the cloud.
    type: bool
    default: false
  alexa:
    description: Whether Alexa is on. What is not declared is left as it is, and is a finding where it is on.
    type: bool
  google:
    description: Whether Google Assistant is on. What is not declared is left as it is, and is a finding where it is on.
    type: bool
  exposed:
    description: The locks, alarms and doors that the assistants may be shown, by their entity ids.
    type: list
    elements: str
    default: []
  cloudhooks:
    description: The webhooks that the cloud may pass on, by the mark or by the owner that the report shows.
    type: list
    elements: str
    default: []
  delete_cloudhooks:
    description: Whether the cloud stops passing on webhooks that are not declared. They are only listed otherwise.
    type: bool
    default: false
extends_documentation_fragment:
  - hearthwall.home.home_assistant
  - hearthwall.home.home_assistant.websocket
  - hearthwall.home.attributes
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Reach Home Assistant through its cloud, and let nobody switch that on from outside
  hearthwall.home.ha_cloud:
    remote: true
    remote_from_outside: false
    cloudhooks:
      - "mobile_app: Olivia's phone"
"""

RETURN = r"""
hearthwall_verdicts:
  description: What the controls of the cloud were found to be.
  returned: always
  type: list
  elements: dict
  sample: [{id: HW-CLOUD-01, status: pass}]
"""
