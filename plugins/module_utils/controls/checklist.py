# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checklist: its rows in order, as people know them."""

from __future__ import annotations

ROWS = {
    "1": "Two-factor on every account",
    "2": "Home Assistant's port never open to the internet",
    "2a": "VPN: WireGuard",
    "2b": "VPN: Tailscale",
    "2c": "Reverse proxy with TLS",
    "2d": "Cloudflare Tunnel",
    "2e": "Nabu Casa Cloud",
    "3": "Updates on a deliberate schedule",
    "4": "Automated encrypted backups",
    "5": "Vetted apps and custom integrations",
    "6": "Segmented network",
    "7a": "Failed-login alert",
    "7b": "New-device alert",
    "7c": "Update reminder",
    "7d": "Backup confirmation",
    "7e": "Unreachable alert",
    "8": "Posture, not a one-off",
}

_ORDER = {row: position for position, row in enumerate(ROWS)}


def row_order(row):
    """Return a sort key: the checklist's own order; a row it does not have comes last."""
    return (_ORDER.get(row, len(_ORDER)), str(row))
