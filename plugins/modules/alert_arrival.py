# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: alert_arrival
short_description: Say whether alerts have arrived in Home Assistant
version_added: 0.2.0
description:
  - Logs in to Home Assistant, looks for its persistent notifications by their ids and takes them away.
  - Fails where one of them is not there.
options:
  expected:
    description: The ids of the notifications.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - hearthwall.home.home_assistant
  - hearthwall.home.attributes
attributes:
  diff_mode:
    support: none
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: See that the drill has arrived
  hearthwall.home.alert_arrival:
    expected: [hearthwall_drill_logins]
"""

RETURN = r"""
arrived:
  description: The notifications that were there.
  returned: success
  type: list
  elements: dict
  sample:
    - id: hearthwall_drill_logins
      title: 'Drill: Failed logins to Home Assistant'
missing:
  description: The ids that were not.
  returned: success
  type: list
  elements: str
  sample: []
"""
