# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: updates
short_description: List and judge what could be updated, and update a Home Assistant with a way back
version_added: 0.1.0
description:
  - Puts everything that could be updated into one list (Home Assistant, what its update entities tell, packages of the
    host) and says of each whether it is due by the home's policy, and why not.
  - Holds the release that runs against a dated table of advisories.
  - Asks Home Assistant for its repairs when applying, once in O(ask_after_hours). Makes no connection otherwise.
  - With O(update), moves a Home Assistant that a unit of the host runs to the newest release that lies ready and is
    due. A fresh backup is read to its end first. The configuration is copied while Home Assistant is stopped. The new
    release has to answer, let the administrator in, load what was loaded, keep its entities and its HTTP settings, and
    report no new error. Otherwise everything is put back, configuration and all.
options:
  policy:
    description:
      - What is due - C(channel), C(min_age_days), C(skip_first_of_month), C(hold), C(allow), C(breaks), C(window).
    type: dict
    default: {}
  advisories_file:
    description: The table of advisories on the controller.
    type: path
    required: true
  ask_after_hours:
    description: After how many hours an apply asks Home Assistant again.
    type: int
    default: 24
  update:
    description: Whether to update Home Assistant.
    type: bool
    default: false
  outside_window:
    description: Whether to update outside of the maintenance window too.
    type: bool
    default: false
  may_vanish:
    description: Integrations that an update may break.
    type: list
    elements: str
    default: []
  least_entities_percent:
    description: How many of the entities have to be there after an update, as a percentage.
    type: int
    default: 90
  start_timeout:
    description: Seconds within which a new release has to answer.
    type: int
    default: 300
  settle_seconds:
    description: Seconds that integrations get to be there again after an update.
    type: int
    default: 60
  verify_urls:
    description: Front doors that have to lead to Home Assistant before its HTTP settings are promoted.
    type: list
    elements: dict
    default: []
  backup_password:
    description: The password that the backup before an update is encrypted with. Without one it is not encrypted.
    type: str
    default: ''
extends_documentation_fragment:
  - hearthwall.home.home_assistant
  - hearthwall.home.attributes
seealso:
  - module: hearthwall.home.updates_visit
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: List what could be updated
  hearthwall.home.updates:
    advisories_file: advisories.yml
    policy: {min_age_days: 14, hold: [integration/Frigate]}
"""

RETURN = r"""
pending:
  description: What could be updated, each with whether it is due and why.
  returned: success
  type: list
  elements: dict
  sample: [{kind: core, installed: 2026.2.3, latest: 2026.11.0, due: false, why: out for 3 of 7 days}]
breaking:
  description: What Home Assistant says will break, with the release in which it does.
  returned: success
  type: list
  elements: str
  sample: []
updated:
  description: What the update was like.
  returned: with O(update)
  type: dict
waiting:
  description: Releases of Home Assistant that wait, and why.
  returned: with O(update)
  type: list
  elements: str
  sample: []
hearthwall_verdicts:
  description: What the controls of updates were found to be.
  returned: success
  type: list
  elements: dict
  sample: [{id: HW-UPD-01, status: pass}]
"""
