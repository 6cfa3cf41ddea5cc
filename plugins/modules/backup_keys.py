# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: backup_keys
short_description: Make the keys of a home's copies once, and keep them on the control machine
version_added: 0.1.0
description:
  - Makes, for each device that is copied, the passphrase of its restic repository, the password of Home Assistant's
    archives, and the store's own key, unless they are there already or the home's vault gives them.
  - Keeps them in the home's vault file, encrypted, before anything else knows them.
  - Runs on the controller alone. The result holds the keys; use it with C(no_log).
options:
  clients:
    description: The devices that are copied.
    type: list
    elements: str
    required: true
  vault_file:
    description: The vault file that keeps them.
    type: str
    default: ''
  rotate:
    description:
      - Whether to replace passphrase and password by new ones. The former ones are kept for the copies that need them.
        The next apply puts the new ones in place.
    type: bool
    default: false
extends_documentation_fragment:
  - hearthwall.home.attributes.controller
  - hearthwall.home.attributes
attributes:
  platform:
    platforms: posix
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Know the keys of the copies
  hearthwall.home.backup_keys:
    clients: [ha]
  register: copy_keys
  no_log: true
"""

RETURN = r"""
keys_of:
  description: The keys of each device.
  returned: always
  type: dict
"""
