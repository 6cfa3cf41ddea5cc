# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: copy_clients
short_description: Say where a store keeps what belongs to each client
version_added: 0.1.0
description:
  - Repository, key file, state and log of each device that is copied to a store, and its public key.
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
  path:
    description: Where the store keeps the repositories.
    type: path
    required: true
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Say where a store keeps what belongs to each client
  ansible.builtin.debug:
    msg: "{{ ['ha'] | hearthwall.home.copy_clients(hostvars, '/srv/copies') }}"
"""

RETURN = r"""
_value:
  description: One entry for each client.
  type: list
  elements: dict
"""

from ansible_collections.hearthwall.home.plugins.module_utils.backup.targets import clients


class FilterModule:
    """The filter hearthwall.home.copy_clients."""

    def filters(self):
        return {"copy_clients": clients}
