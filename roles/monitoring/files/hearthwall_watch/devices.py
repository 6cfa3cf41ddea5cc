# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Devices that nobody declared: hardware addresses in the router's neighbour table and leases, on the watched zones."""

from __future__ import annotations

import json
import re
import subprocess

from .alert import Alert

MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}\Z")
GONE = {"FAILED", "INCOMPLETE", "NOARP"}
BLOCK = "nft 'table inet blocked {{ chain all {{ type filter hook prerouting priority raw; ether saddr {} drop; }} }}'"


class Devices:
    name = "devices"

    def __init__(self, settings, memory, neighbours=None, vendor=None):
        self._zones = settings["zones"]  # interface: zone
        self._known = {mac.lower(): name for name, mac in settings["known"].items()}
        self._leases = settings["leases"]
        self._memory = memory
        self._neighbours = neighbours or kernel_neighbours
        self._vendor = vendor or Vendors(settings["vendors"])

    def look(self, now):
        """Return an alert for each device that was not seen before and is not declared."""
        names = self._lease_names()
        seen = {}
        for entry in self._neighbours():
            mac, zone = str(entry.get("lladdr", "")).lower(), self._zones.get(entry.get("dev"))
            if zone and MAC.match(mac) and not GONE & set(entry.get("state", ())):
                seen.setdefault(mac, (zone, []))[1].append(str(entry.get("dst")))
        told = self._memory.setdefault("told", {})
        alerts = []
        for mac, (zone, addresses) in sorted(seen.items()):
            if mac not in self._known and mac not in told:
                told[mac] = now
                alerts.append(self._alert(mac, zone, sorted(addresses), names.get(mac, "")))
        return alerts

    def _alert(self, mac, zone, addresses, name):
        vendor = self._vendor(mac)
        called = f", which calls itself {name!r}" if name else ""
        return Alert(
            key=f"device:{mac}",
            title=f"New device on {zone}",
            message=(
                f"{mac} ({vendor}) at {', '.join(addresses)}{called} is not in the home's list.\n"
                f"To allow it, add it: monitoring_devices: {{some_name: '{mac}'}}, and run "
                f"ansible-playbook playbooks/site.yml --tags monitoring.\n"
                f"To block it, on the router: {BLOCK.format(mac)}"
            ),
            once=True,
        )

    def _lease_names(self):
        """Return {mac: name} of dnsmasq's leases: expiry, mac, address, name, client id."""
        names = {}
        for path in self._leases:
            try:
                with open(path, encoding="utf-8", errors="replace") as stream:
                    for line in stream:
                        words = line.split()
                        if len(words) >= 4 and MAC.match(words[1].lower()) and words[3] != "*":
                            names[words[1].lower()] = words[3][:64]
            except OSError:
                continue
        return names

    def drill(self, now):
        """Return what a look would have, had a stranger joined."""
        zone = next(iter(self._zones.values()), "a zone")
        return self._alert("00:00:5e:00:53:01", zone, ["192.0.2.1"], "drill")


class Vendors:
    """Who made a network card, by the registry in Debian's package ieee-data."""

    def __init__(self, path):
        self._path = path

    def __call__(self, mac):
        if int(mac[:2], 16) & 2:
            return "an address that the device made up, as phones do"
        prefix = mac.replace(":", "").upper()[:6]
        try:
            with open(self._path, encoding="utf-8", errors="replace") as stream:
                for line in stream:
                    if line.startswith(prefix) and "(base 16)" in line:
                        return line.split("(base 16)", 1)[1].strip()
        except OSError:
            return "vendor not known: no registry on this host"
        return "vendor not known"


def kernel_neighbours():
    """Return the kernel's neighbour table, as `ip -json neigh` tells it."""
    done = subprocess.run(["ip", "-json", "neigh", "show"], capture_output=True, text=True, timeout=30, check=True)
    return json.loads(done.stdout or "[]")
