# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be said of a tunnel beside what its files say by themselves. Pure."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.cloudflare import access, ingress
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict

SERVICE = "HW-CF-01"
LEADS = "HW-CF-03"
ACCESS = "HW-CF-04"
CLIENT = "HW-CF-05"
UNIT = "hearthwall-cloudflared.service"
# What `cloudflared service install` leaves: a unit with the token on its command line, and a timer that updates.
VENDOR = ("cloudflared.service", "cloudflared-update.timer", "cloudflared-update.service")
NOT_ASKED = "no cloudflare_tunnel_api_token is given, and only Cloudflare can tell"


def is_open(snapshot):
    """Return whether the tunnel runs already."""
    return ((snapshot.get("services") or {}).get(UNIT) or {}).get("active") == "active"


def beside(snapshot):
    """Return a verdict about units that run a tunnel past the declared one; none where there is nothing to say."""
    services = snapshot.get("services") or {}
    found = [
        name
        for name in VENDOR
        if name in services and (services[name]["active"] == "active" or services[name]["enabled"] == "enabled")
    ]
    if not found:
        return []
    actual = f"{', '.join(found)} runs or starts at boot: its token is on a command line, and it updates itself"
    return [verdict(SERVICE, "fail", "one tunnel, as declared", f"{actual} (cloudflared service uninstall)")]


def direct():
    """Return the verdict about visitors' addresses where no proxy is in between."""
    reason = "the tunnel ends at Home Assistant itself: HW-HTTP-02 says whom it believes"
    return verdict(CLIENT, "not_applicable", actual=reason)


def leads(config, wanted, source):
    """Return the verdict about where a tunnel leads that is managed at Cloudflare."""
    expected = f"{wanted[0]['hostname']} to {wanted[0]['service']}, everything else to a 404"
    if source == "local":
        reason = "Cloudflare says that this tunnel is managed on its host; what a token runs is managed at Cloudflare"
        return verdict(LEADS, "unknown", expected, reason)
    wrong = ingress.deviations(config, wanted)
    return verdict(LEADS, "fail" if wrong else "pass", expected, "; ".join(wrong) or "exactly that", EVIDENCE)


def asked(apps, name, bypassed):
    """Return the verdict about what stands in front of a tunnel."""
    expected = f"Cloudflare Access asks everybody who comes to {name} who they are"
    wrong = access.deviations(apps, name, bypassed)
    return verdict(ACCESS, "fail" if wrong else "pass", expected, "; ".join(wrong) or "it does", EVIDENCE)


EVIDENCE = "asked of Cloudflare's API"
