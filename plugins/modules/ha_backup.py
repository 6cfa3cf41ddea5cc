# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ha_backup
short_description: Have Home Assistant make encrypted backups by itself
version_added: 0.1.0
description:
  - Declares Home Assistant's automatic backups (when, what, how many to keep) and their password through its own API.
    Plans on the controller, from the host's snapshot, and makes no connection where nothing differs.
  - Has an archive made where there is none yet that the password opens.
  - Needs release 2025.1 or later; on older ones it says so.
options:
  settings:
    description:
      - What is declared - C(recurrence), C(days), C(time), C(database), C(folders), C(copies), C(keep_days).
    type: dict
    required: true
  vault_file:
    description: The vault file that keeps the password of the archives and the TOTP secrets.
extends_documentation_fragment:
  - hearthwall.home.home_assistant
  - hearthwall.home.home_assistant.websocket
  - hearthwall.home.attributes
attributes:
  diff_mode:
    support: none
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Have Home Assistant make encrypted backups by itself
  hearthwall.home.ha_backup:
    settings: {recurrence: daily, days: [], time: "04:45", database: true, folders: [], copies: 3, keep_days: null}
"""

RETURN = r"""
differing:
  description: The settings that differed.
  returned: always
  type: list
  elements: str
archive:
  description: Whether an archive that the password opens had to be made.
  returned: always
  type: bool
told:
  description: When Home Assistant was told, in seconds since 1970; 0 where it was told nothing.
  returned: always
  type: float
"""
