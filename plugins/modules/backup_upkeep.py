# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: backup_upkeep
short_description: See whether the copies that a store keeps are whole, and have them checked where that is overdue
version_added: 0.1.0
description:
  - Judges, from the host's snapshot, the last check of each repository, snapshots that are gone, what clients were
    refused, when the last copy arrived, and the space.
  - Runs C(hearthwall-backup-upkeep.service) where a repository was not checked lately.
options:
  clients:
    description: The devices that are copied here.
    type: list
    elements: str
    required: true
  max_age_hours:
    description: How old the last check and the last arrival may be.
    type: int
    required: true
  min_free_percent:
    description: How much of the space has to be free.
    type: int
    required: true
  wait_minutes:
    description: How long to wait for a check that had to be made.
    type: int
    required: true
extends_documentation_fragment:
  - hearthwall.home.attributes
attributes:
  platform:
    platforms: debian
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: See whether the copies are whole
  hearthwall.home.backup_upkeep:
    clients: [ha]
    max_age_hours: 36
    min_free_percent: 10
    wait_minutes: 60
"""

RETURN = r"""
due:
  description: The clients whose repository was not checked lately.
  returned: always
  type: list
  elements: str
"""
