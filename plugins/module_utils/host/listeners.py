# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who listens where, read from the kernel's tables without starting anything."""

from __future__ import annotations

import os
import socket
import struct

# In the kernel's tables: a TCP socket that listens, a UDP socket that is not connected.
TABLES = (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07"))


def look(proc="/proc"):
    """Return the listeners of this network namespace, each with its process and unit where they can be seen."""
    sockets = []
    for table, wanted in TABLES:
        try:
            with open(f"{proc}/net/{table}", encoding="ascii") as lines:
                sockets += [(table[:3], *found) for found in parse(lines, wanted)]
        except FileNotFoundError:
            continue
    owners = _owners(proc, {inode for _proto, _address, _port, inode in sockets})
    listeners = {}
    for proto, address, port, inode in sockets:
        process, unit = owners.get(inode, (None, None))
        listeners[(proto, port, address, process, unit)] = {
            "proto": proto,
            "address": address,
            "port": port,
            "process": process,
            "unit": unit,
        }
    return [listeners[key] for key in sorted(listeners, key=str)]


def parse(lines, wanted):
    """Yield (address, port, inode) of the sockets in one state."""
    for line in lines:
        words = line.split()
        if len(words) < 10 or words[3] != wanted:
            continue
        address, port = words[1].split(":")
        yield address_of(address), int(port, 16), words[9]


def address_of(digits):
    """Turn the kernel's hexadecimal, word by word in the machine's order, into an address."""
    words = [int(digits[start : start + 8], 16) for start in range(0, len(digits), 8)]
    raw = struct.pack(f"={len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def unit_of(cgroup):
    """Return the unit that a process belongs to, from the text of its cgroup file."""
    for line in cgroup.splitlines():
        number, controllers, path = line.split(":", 2)
        if controllers == "name=systemd" or (number == "0" and not controllers):
            for part in reversed(path.split("/")):
                if part.endswith((".service", ".scope")):
                    return None if part == "init.scope" else part
    return None


def _owners(proc, inodes):
    """Return {inode: (process, unit)}; what cannot be read belongs to somebody we cannot name."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    owners = {}
    for pid in os.listdir(proc):
        if not pid.isdigit() or not wanted:
            continue
        try:
            held = set()
            for descriptor in os.listdir(f"{proc}/{pid}/fd"):
                try:
                    held.add(os.readlink(f"{proc}/{pid}/fd/{descriptor}"))
                except OSError:
                    continue
            mine = held & wanted.keys()
            if not mine:
                continue
            with open(f"{proc}/{pid}/comm", encoding="utf-8", errors="replace") as text:
                name = text.read().strip()
            with open(f"{proc}/{pid}/cgroup", encoding="utf-8", errors="replace") as text:
                unit = unit_of(text.read())
        except OSError:
            continue
        for link in mine:
            # Of several holders, the one in a unit of its own says more than the service manager.
            if wanted[link] not in owners or (unit and not owners[wanted[link]][1]):
                owners[wanted[link]] = (name, unit)
    return owners
