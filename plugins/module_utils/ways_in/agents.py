# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Programs that open a way in from inside: they call out, so no forward and no listener shows them. Pure."""

from __future__ import annotations

import fnmatch

# (unit, what it is, the group whose hosts run it as declared; None: only exposure_agents declares it)
AGENTS = (
    ("hearthwall-wireguard.service", "WireGuard", "wireguard"),
    ("wg-quick@*.service", "WireGuard", None),
    ("hearthwall-cloudflared.service", "Cloudflare Tunnel", "cloudflare_tunnel"),
    ("cloudflared*.service", "Cloudflare Tunnel", None),
    ("tailscaled.service", "Tailscale", "tailscale"),
    ("zerotier-one.service", "ZeroTier", None),
    ("netbird.service", "NetBird", None),
    ("nebula*.service", "Nebula", None),
    ("openvpn*@*.service", "OpenVPN", None),
    ("strongswan*.service", "IPsec", None),
    ("ngrok*.service", "ngrok", None),
    ("frpc*.service", "frp", None),
    ("rathole*.service", "rathole", None),
    ("chisel*.service", "chisel", None),
    ("autossh*.service", "a reverse SSH tunnel", None),
    ("teleport.service", "Teleport", None),
    ("twingate*.service", "Twingate", None),
    ("pagekite.service", "PageKite", None),
    ("playit*.service", "playit.gg", None),
    ("rustdesk*.service", "RustDesk", None),
    ("anydesk.service", "AnyDesk", None),
    ("teamviewerd.service", "TeamViewer", None),
)


# Apps of Home Assistant OS by what is in their slug, whatever repository they come from.
APPS = ("cloudflared", "tailscale", "wireguard", "zerotier", "netbird", "openvpn", "ngrok", "frpc", "chisel", "playit")
APPS += ("twingate", "autossh", "pagekite", "rathole", "teleport")


def started(apps):
    """Return (slug, what it is) of each known agent among the apps that run, or start at the next boot."""
    on = [each for each in apps if each.get("state") == "started" or each.get("boot") == "auto"]
    return sorted(
        (each["slug"], each.get("name") or each["slug"]) for each in on if any(a in each["slug"] for a in APPS)
    )


def running(services):
    """Return (unit, what it is, group) of each known agent that runs, or starts at the next boot."""
    found = []
    for unit in sorted(services):
        state = services[unit]
        if state["active"] not in ("active", "activating") and state["enabled"] != "enabled":
            continue
        known = next((each for each in AGENTS if fnmatch.fnmatchcase(unit, each[0])), None)
        if known:
            found.append((unit, known[1], known[2]))
    return found
