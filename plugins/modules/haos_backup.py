# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: haos_backup
short_description: Declare the backups of a Home Assistant OS, and try whether its copies open
version_added: 0.1.0
description:
  - Declares Home Assistant's automatic backups, their password and the agents that carry them off the device, through
    Home Assistant's API from the controller.
  - Lets Home Assistant try whether the password that is kept on the control machine decrypts the newest copy at each
    agent. It reads and decrypts the head of the copy, not all of it.
  - Has an archive made where the newest one is too old, or does not open.
options:
  settings:
    description:
      - What is declared - C(recurrence), C(days), C(time), C(database), C(folders), C(copies), C(keep_days).
    type: dict
    required: true
  agents:
    description: The backup agents beside the device's own, as C(hassio.nas) or C(cloud.cloud).
    type: list
    elements: str
    default: []
  off_site:
    description: Those of O(agents) that are elsewhere than the home. Home Assistant's cloud always is.
    type: list
    elements: str
    default: []
  max_age_hours:
    description: How old the newest copy may be.
    type: int
    default: 36
  expect:
    description: How many C(copies), C(devices) and C(off_site) there have to be.
    type: dict
    required: true
extends_documentation_fragment:
  - hearthwall.home.home_assistant
  - hearthwall.home.attributes
attributes:
  delegation:
    support: none
  diff_mode:
    support: none
  platform:
    details: Hosts of the group C(haos).
    platforms: Home Assistant OS
seealso:
  - module: hearthwall.home.ha_backup
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Have encrypted archives on the NAS
  hearthwall.home.haos_backup:
    settings: {recurrence: daily, days: [], time: "04:45", database: true, folders: [], copies: 3, keep_days: null}
    agents: [hassio.nas]
    expect: {copies: 3, devices: 2, off_site: 0}
"""

RETURN = r"""
differing:
  description: The settings that differed.
  returned: success
  type: list
  elements: str
  sample: [agents]
archive:
  description: Whether an archive had to be made.
  returned: success
  type: bool
"""
