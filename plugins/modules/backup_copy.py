# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: backup_copy
short_description: See whether copies leave a device and can be read, and have one made where that is overdue
version_added: 0.1.0
description:
  - Judges, from the host's snapshot, when the last copy left for each target and when one was last read back and
    decrypted.
  - Runs C(hearthwall-backup.service) where a target has no good copy that is young enough.
options:
  targets:
    description: The names of the targets.
    type: list
    elements: str
    required: true
  max_age_hours:
    description: How old the last copy and the last proof may be.
    type: int
    required: true
  wait_minutes:
    description: How long to wait for a copy that had to be made.
    type: int
    required: true
  settings_changed:
    description: When Home Assistant was told other settings, in seconds since 1970; 0 where it was not.
    type: float
    default: 0
extends_documentation_fragment:
  - hearthwall.home.attributes
attributes:
  platform:
    platforms: debian
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: See whether the copies arrive and can be read
  hearthwall.home.backup_copy:
    targets: [nas]
    max_age_hours: 36
    wait_minutes: 60
"""

RETURN = r"""
due:
  description: The targets that had no good copy.
  returned: always
  type: list
  elements: str
"""
