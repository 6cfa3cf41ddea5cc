# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: copy_stores
short_description: Say where the home's stores of copies are
version_added: 0.1.0
description:
  - Address, port and the host keys that a snapshot found there, of each store.
options:
  _input:
    description: Names of hosts.
    type: list
    elements: str
    required: true
  facts:
    description: The variables of every host (C(hostvars)).
    type: dict
    required: true
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Say where the home's stores of copies are
  ansible.builtin.debug:
    msg: "{{ ['nas'] | hearthwall.home.copy_stores(hostvars) }}"
"""

RETURN = r"""
_value:
  description: Address, port and host keys by name.
  type: dict
"""

from ansible_collections.hearthwall.home.plugins.module_utils.backup.targets import stores


class FilterModule:
    """The filter hearthwall.home.copy_stores."""

    def filters(self):
        return {"copy_stores": stores}
