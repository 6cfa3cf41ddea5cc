# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every rule that looks at a home as a whole: ``check(home) -> [problem]``, one file per concern."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.description import (
    backup,
    cloudflare_tunnel,
    credentials,
    haos,
    http_settings,
    layout,
    people,
    policy,
    reverse_proxy,
    segmentation,
    tailscale,
    updates,
    vetting,
    ways_in,
    wireguard,
)

RULES = (
    layout.check,
    haos.check,
    credentials.check,
    people.check,
    http_settings.check,
    ways_in.check,
    reverse_proxy.check,
    policy.check,
    segmentation.check,
    vetting.check,
    updates.check,
    wireguard.check,
    cloudflare_tunnel.check,
    tailscale.check,
    backup.check,
)
