# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: copy_targets
short_description: Turn the declared targets of copies into what restic and ssh are told
version_added: 0.1.0
description:
  - Turns each entry of C(backup_targets) into C(settings) for the copying program, the C(ssh) host that it is, and the
    secrets that are C(files).
options:
  _input:
    description: The declared targets.
    type: list
    elements: dict
    required: true
  client:
    description: The host that is copied.
    type: str
    required: true
  stores:
    description: Address, port and host keys of the home's own stores, by name.
    type: dict
    required: true
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Where the copies go
  ansible.builtin.debug:
    msg: "{{ [{'name': 'nas', 'kind': 'store', 'host': 'nas'}] | hearthwall.home.copy_targets('ha', {}) }}"
"""

RETURN = r"""
_value:
  description: One entry for each target.
  type: list
  elements: dict
"""

from ansible_collections.hearthwall.home.plugins.module_utils.backup.targets import compiled


def copy_targets(targets, client, stores):
    """Return every target as restic is told about it."""
    return [compiled(target, client, stores) for target in targets]


class FilterModule:
    """The filter hearthwall.home.copy_targets."""

    def filters(self):
        return {"copy_targets": copy_targets}
