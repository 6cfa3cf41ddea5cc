# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions of a Home Assistant are told and need, and their halves on the host: where it is, whose login."""

from __future__ import annotations


class ModuleDocFragment:
    """What every action has that may log in to Home Assistant; one on Home Assistant OS says its own platform."""

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
attributes:
  diff_mode:
    support: full
  platform:
    platforms: posix
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

    # For those that speak to Home Assistant over its WebSocket API, and for their halves on the host.
    WEBSOCKET = r"""
options: {}
requirements:
  - websocket-client on the host (Debian package python3-websocket)
"""

    WEBSOCKET_HOST = r"""
options: {}
requirements:
  - websocket-client (Debian package python3-websocket)
"""
