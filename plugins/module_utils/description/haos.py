# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts with Home Assistant OS: how they are reached, and that nothing else is asked of them."""

from __future__ import annotations

import urllib.parse

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import problem
from ansible_collections.hearthwall.home.plugins.module_utils.description.types import check_value

# The keys of one app; those of apps_declared itself are slugs, which no argument spec can declare.
APP = {
    "installed": {"type": "bool"},
    "state": {"type": "str", "choices": ["started", "stopped"]},
    "boot": {"type": "str", "choices": ["auto", "manual"]},
    "auto_update": {"type": "bool"},
    "watchdog": {"type": "bool"},
    "protected": {"type": "bool"},
    "ingress_panel": {"type": "bool"},
    "network": {"type": "dict"},
    "options": {"type": "dict"},
}
# Roles of these groups run modules, which would run on the control machine.
APART = ("router", "edge", "backup_store", "wireguard", "cloudflare_tunnel", "tailscale")


def check(home):
    found = []
    for host in home.group("haos"):
        found += [{**each, "hosts": [host.name]} for each in _host(host)]
    return found


def _host(host):
    for group in sorted(host.groups & set(APART)):
        yield problem(
            "hearthwall_home",
            f"{host.name} is in the groups haos and {group}: nothing can be run on Home Assistant OS",
            f"Take it out of {group}; what it does there is the app's own affair (apps_declared).",
        )
    url = host.get("hearthwall_ha_url")
    parts = urllib.parse.urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        yield problem(
            "hearthwall_ha_url",
            "is missing or no address: Home Assistant OS is reached through its API alone",
            "Set it as the control machine reaches it, for example http://homeassistant.local:80.",
        )
    yield from _apps(host.get("apps_declared", {}))
    if not host.get("hearthwall_ha_token") and not host.get("hearthwall_ha_admin"):
        yield problem(
            "hearthwall_ha_token",
            "is missing: Home Assistant OS shows nothing without a login, also for a dry run",
            "Make one under Profile > Security > Long-lived access tokens, as an administrator, for the vault.",
        )


def _apps(declared):
    for name, about in declared.items() if isinstance(declared, dict) else ():
        where = f"apps_declared.{name}"
        wrong = check_value(where, about, {"type": "dict", "options": APP})
        yield from wrong
        if not wrong and (about.get("options") or {}).get("share_homeassistant") == "funnel":
            yield problem(
                f"{where}.options.share_homeassistant",
                "is funnel: that is a way in from the whole internet, past every other",
                "Use serve, which only the tailnet reaches.",
            )
