# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: restore_verdict
short_description: Compare what came back in a drill with the home it came from, and remember that it was tried
version_added: 0.1.0
description:
  - Compares people, automations, entities and rows of history. What was changed at the source after the archive was
    made is told, and is no fault.
  - Runs on the controller alone, and notes the drill in the home's vault file, where C(HW-BAK-13) finds it.
options:
  source:
    description: The device whose copy it is.
    type: str
    required: true
  live:
    description: What the source consists of.
    type: dict
    required: true
  restored:
    description: What the drill returned.
    type: dict
    required: true
  vault_file:
    description: The vault file that keeps the keys.
    type: str
    default: ''
extends_documentation_fragment:
  - hearthwall.home.attributes.controller
  - hearthwall.home.attributes
attributes:
  check_mode:
    support: none
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Compare
  hearthwall.home.restore_verdict:
    source: ha
    live: "{{ live.contents }}"
    restored: "{{ drill }}"
"""

RETURN = r"""
report:
  description: What was compared.
  returned: always
  type: list
  elements: str
"""
