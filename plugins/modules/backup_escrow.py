# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: backup_escrow
short_description: See whether the keys kept on the control machine open the newest copies
version_added: 0.1.0
description:
  - Tries, on the controller, the kept passphrase on the sealed keys and the newest snapshot of each store, and the kept
    password on Home Assistant's newest archive. Neither leaves the controller for it.
  - Counts copies, devices and places.
options:
  targets:
    description: The declared targets.
    type: list
    elements: dict
    required: true
  expect:
    description: How many C(copies), C(devices), C(off_site) and C(append_only) copies there have to be.
    type: dict
    required: true
  max_age_hours:
    description: How old a copy may be to count.
    type: int
    required: true
  rehearse_days:
    description: How long ago a restore may have been rehearsed last.
    type: int
    required: true
  vault_file:
    description: The vault file that keeps the keys.
    type: str
    default: ''
extends_documentation_fragment:
  - hearthwall.home.attributes
attributes:
  platform:
    platforms: debian
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: See whether the kept keys open the newest copy
  hearthwall.home.backup_escrow:
    targets: [{name: nas, kind: store, host: nas}]
    expect: {copies: 3, devices: 2, off_site: 1, append_only: 1}
    max_age_hours: 36
    rehearse_days: 180
"""

RETURN = r"""
hearthwall_verdicts:
  description: What the controls were found to be.
  returned: always
  type: list
  elements: dict
"""
