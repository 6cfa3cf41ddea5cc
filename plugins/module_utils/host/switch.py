# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host's own switch as the kernel has it: its interfaces, their VLANs, and the ports of its bridges."""

from __future__ import annotations

import json
import subprocess

TIMEOUT = 20


def look():
    """Return {interface: {"kind", "over", "vlan", "bridge", "isolated", "vlans"}} of what the kernel has.

    ``over`` and ``vlan``: the interface and tag of a VLAN interface. ``bridge``, ``isolated``, ``vlans``: of a port of
    a bridge; ``vlans`` is None where the bridge does not filter.
    """
    links = _asked(["ip", "-j", "-d", "link"])
    found = {entry["ifname"]: _link(entry) for entry in links if "ifname" in entry}
    filtering = {
        entry["ifname"]
        for entry in links
        if (entry.get("linkinfo") or {}).get("info_data", {}).get("vlan_filtering") == 1
    }
    if filtering:
        for entry in _asked(["bridge", "-j", "vlan", "show"]):
            port = found.get(entry.get("ifname"))
            if port and port["bridge"] in filtering:
                port["vlans"] = sorted(_ids(entry.get("vlans") or []))
    return found


def _link(entry):
    about = entry.get("linkinfo") or {}
    kind, port = about.get("info_kind"), about.get("info_slave_kind") == "bridge"
    return {
        "kind": kind,
        "over": entry.get("link") if kind == "vlan" else None,
        "vlan": about.get("info_data", {}).get("id") if kind == "vlan" else None,
        "bridge": entry.get("master") if port else None,
        "isolated": bool(about.get("info_slave_data", {}).get("isolated")) if port else None,
        "vlans": None,
    }


def _ids(listed):
    for each in listed:
        yield from range(each["vlan"], each.get("vlanEnd", each["vlan"]) + 1)


def _asked(argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=True)
    return json.loads(done.stdout or b"[]")
