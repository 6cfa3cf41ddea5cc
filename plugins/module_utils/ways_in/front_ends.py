# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The front ends beside the reverse proxy that end at Home Assistant itself, which has to trust them as it does it."""

from __future__ import annotations


def _cloudflare_tunnel(groups, read):
    target = read("cloudflare_tunnel_target")
    return target == "home_assistant" or (target in (None, "auto") and "edge" not in groups)


def _tailscale(groups, read):
    served = read("tailscale_serve")
    return "home_assistant" in groups if served is None else served is True


ENDS = {"cloudflare_tunnel": _cloudflare_tunnel, "tailscale": _tailscale}


def of_host(groups, read):
    """Return those of a host's groups whose front end leads to Home Assistant; ``read(variable)`` may be None."""
    return [group for group, ends_here in ENDS.items() if group in groups and ends_here(groups, read)]
