# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: backup_store
short_description: Have a repository for each client of a store, which the right keys open
version_added: 0.1.0
description:
  - Plans on the controller, from the sealed keys in the host's snapshot, which of them the kept secrets open.
  - Founds what is missing, adds keys before any is taken away, and retires others when told to.
options:
  clients:
    description: The devices that are copied here, each with C(name) and C(repository).
    type: list
    elements: dict
    required: true
  user:
    description: The account that the copies belong to.
    type: str
    required: true
  retire:
    description: Whether keys that no kept secret opens are taken away.
    type: bool
    default: false
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
- name: Have a repository for each client
  hearthwall.home.backup_store:
    clients: [{name: ha, repository: /srv/hearthwall-backup/ha}]
    user: hearthwall-backup
"""

RETURN = r"""
clients:
  description: The clients whose repository or keys differed.
  returned: always
  type: list
  elements: str
"""
