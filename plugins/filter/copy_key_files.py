# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: copy_key_files
short_description: Say which files hold a store's own keys
version_added: 0.1.0
description:
  - One secret file for each client of a store, as a bundle has it.
options:
  _input:
    description: The clients, as P(hearthwall.home.copy_clients#filter) has them.
    type: list
    elements: dict
    required: true
  keys:
    description: The keys of each client.
    type: dict
    required: true
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Which files hold the keys
  ansible.builtin.debug:
    msg: "{{ clients | hearthwall.home.copy_key_files(keys) | map(attribute='path') }}"
"""

RETURN = r"""
_value:
  description: One file for each client.
  type: list
  elements: dict
"""

from ansible_collections.hearthwall.home.plugins.module_utils.backup.targets import key_files


class FilterModule:
    """The filter hearthwall.home.copy_key_files."""

    def filters(self):
        return {"copy_key_files": key_files}
