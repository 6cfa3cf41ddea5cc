# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a Home Assistant is and as whom to log in: the options of its actions and of their halves on the host."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of every action that may log in to Home Assistant."""

    DOCUMENTATION = r"""
options:
  admin:
    description:
      - As whom to log in - C(username), C(password), and C(totp_secret) where it is not in the vault file. By default
        C(hearthwall_ha_admin).
    type: dict
    default: {}
  token:
    description: A long-lived token of an administrator, instead of O(admin). By default C(hearthwall_ha_token).
    type: str
    default: ''
  url:
    description: Home Assistant's address as seen from its own host. By default C(hearthwall_ha_url), or found there.
    type: str
    default: ''
  vault_file:
    description: The vault file on the controller that keeps the TOTP secrets. By default C(accounts_vault_file).
    type: str
    default: ''
"""

    # The host's half is told what its action has found out.
    HOST = r"""
options:
  credentials:
    description: What is held for logging in, as one JSON text.
    type: str
    required: true
  base_url:
    description: Home Assistant's address as seen from this host.
    type: str
    required: true
"""
