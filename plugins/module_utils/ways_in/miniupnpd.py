# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What miniupnpd is configured to do, which mappings it remembers, and how to hold it back from some hosts."""

from __future__ import annotations

import ipaddress
import re

CONFIG = "/etc/miniupnpd/miniupnpd.conf"
UNIT = "miniupnpd.service"
SECURE = "secure"
MARK = "# Hearthwall: no mapping leads to Home Assistant."
CHAINS = {
    "upnp_table_name": "filter",
    "upnp_nat_table_name": "filter",
    "upnp_forward_chain": "miniupnpd",
    "upnp_nat_chain": "prerouting_miniupnpd",
    "upnp_nat_postrouting_chain": "postrouting_miniupnpd",
}
PERMISSION = re.compile(r"^\s*(allow|deny)\s+\S+\s+\S+\s+\S+")


def settings(text):
    """Return the settings of a miniupnpd.conf; the last one counts, `allow` and `deny` in their order."""
    found, permissions = {}, []
    for line in text.splitlines():
        line = line.strip()
        if PERMISSION.match(line):
            permissions.append(" ".join(line.split()))
        elif "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found[key.strip()] = value.strip().strip("\"'")
    return found, permissions


def meaning(text):
    """Return what the settings mean, with miniupnpd's own defaults."""
    found, permissions = settings(text)
    return {
        "upnp": yes(found.get("enable_upnp", "yes")),
        "natpmp": yes(found.get("enable_pcp_pmp", found.get("enable_natpmp", "no"))),
        "secure_mode": yes(found.get("secure_mode", "yes")),
        "ext_ifname": found.get("ext_ifname"),
        "ext_ifname6": found.get("ext_ifname6", found.get("ext_ifname")),
        "lease_file": found.get("lease_file"),
        "permissions": permissions,
        "chains": {key: found.get(key) or default for key, default in CHAINS.items()},
    }


def yes(value):
    return value.lower() in ("yes", "true", "1", "on")


def leases(text):
    """Return the mappings of a lease file: protocol:port:address:port:expires:description."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        parts = line.split(":", 5)
        if len(parts) < 4 or not parts[1].isdigit() or not parts[3].isdigit():
            continue
        found.append(
            {
                "proto": parts[0].lower(),
                "port": int(parts[1]),
                "to_address": parts[2],
                "to_port": int(parts[3]),
                "expires": int(parts[4]) if len(parts) > 4 and parts[4].isdigit() else 0,
                "line": number,
            }
        )
    return found


def denials(addresses, ports):
    """Return the permission rules that keep any mapping away from these hosts and from these ports of any host."""
    lines = [
        f"deny 0-65535 {address}/32 0-65535" for address in addresses if ipaddress.ip_address(address).version == 4
    ]
    return [*lines, *(f"deny 0-65535 0.0.0.0/0 {port}" for port in ports)]


def held_back(permissions, addresses, ports):
    """Return whether the permission rules start with every denial that is asked for."""
    wanted = denials(addresses, ports)
    return sorted(permissions[: len(wanted)]) == sorted(wanted)


def restricted(text, addresses, ports):
    """Return the configuration with secure mode on and the denials before any other permission rule."""
    wanted = denials(addresses, ports)
    lines = [line for line in text.splitlines() if line.strip() != MARK and " ".join(line.split()) not in wanted]
    lines = [line for line in lines if not re.match(r"^\s*secure_mode\s*=", line)]
    first = next((place for place, line in enumerate(lines) if PERMISSION.match(line)), len(lines))
    lines[first:first] = ["secure_mode=yes", MARK, *wanted]
    return "\n".join(lines) + "\n"


def without_leases(text, gone):
    """Return the lease file without the mappings that `gone` names."""
    kept = []
    for line in text.splitlines():
        parsed = leases(line)
        if not (parsed and gone(parsed[0])):
            kept.append(line)
    return "".join(f"{line}\n" for line in kept)
