# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where Home Assistant runs on this host: process, unit, configuration directory, version, port. None is assumed."""

from __future__ import annotations

import glob
import os
import re
import subprocess

from ansible_collections.hearthwall.home.plugins.module_utils.host import listeners as sockets

UNITS = ("home-assistant.service", "homeassistant.service", "hass.service", "home-assistant@homeassistant.service")
DIRECTORIES = (
    "/srv/homeassistant/config",
    "/srv/homeassistant/.homeassistant",
    "/home/homeassistant/.homeassistant",
    "/var/lib/hass",
    "/var/lib/homeassistant",
    "/opt/homeassistant/config",
    "/config",
)


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _is_home_assistant(arguments):
    names = [os.path.basename(argument) for argument in arguments[:2]]
    return "hass" in names or ("-m" in arguments[:-1] and arguments[arguments.index("-m") + 1] == "homeassistant")


def config_argument(arguments):
    for position, argument in enumerate(arguments[:-1]):
        if argument in ("-c", "--config"):
            return arguments[position + 1]
    for argument in arguments:
        if argument.startswith("--config="):
            return argument.split("=", 1)[1]
    return None


def processes():
    """Return (pid, arguments) of every Home Assistant that runs here, also inside containers of this host."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        arguments = _read(path).decode("utf-8", "replace").split("\0")[:-1]
        if len(arguments) > 1 and _is_home_assistant(arguments) and "--script" not in arguments:
            found.append((int(path.split("/")[2]), arguments))
    return sorted(found)


def host_path(pid, inside):
    """Return the path on this host of a directory that a process sees, through its root and its mounts."""
    seen = f"/proc/{pid}/root{inside}"
    try:
        wanted = os.stat(seen)
    except OSError:
        return None

    def same(path):
        try:
            status = os.stat(path)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == (wanted.st_dev, wanted.st_ino)

    if same(inside):
        return inside
    own = [line.split() for line in _read("/proc/self/mountinfo").decode().splitlines()]
    best = None
    for line in _read(f"/proc/{pid}/mountinfo").decode().splitlines():
        fields = line.split()
        device, source, target = fields[2], fields[3], fields[4]
        if inside == target or inside.startswith(target.rstrip("/") + "/"):
            best = (device, source, target) if best is None or len(target) >= len(best[2]) else best
    if best is not None:
        device, source, target = best
        inner = os.path.normpath(source + "/" + inside[len(target) :])
        for fields in own:
            if fields[2] == device and (inner + "/").startswith(fields[3].rstrip("/") + "/"):
                path = "/" + os.path.normpath(f"{fields[4]}/{inner[len(fields[3]) :]}").strip("/")
                if same(path):
                    return path
    root = os.readlink(f"/proc/{pid}/root") if os.path.islink(f"/proc/{pid}/root") else "/"
    path = os.path.normpath(root + "/" + inside)
    return path if same(path) else None


def unit_of(pid):
    """Return the systemd unit that a process belongs to, or None."""
    unit = sockets.unit_of(_read(f"/proc/{pid}/cgroup").decode("utf-8", "replace"))
    return unit if unit and unit.endswith(".service") else None


def _namespace(pid, kind):
    try:
        return os.readlink(f"/proc/{pid}/ns/{kind}")
    except OSError:
        return None


def in_container(pid):
    """Return whether a process runs in a container of this host (its own view of processes)."""
    return _namespace(pid, "pid") != _namespace("self", "pid")


def listeners(pid):
    """Return [(address, port)] of the TCP sockets on which a process listens."""
    inodes = set()
    for link in glob.glob(f"/proc/{pid}/fd/*"):
        try:
            match = re.match(r"socket:\[(\d+)\]", os.readlink(link))
        except OSError:
            continue
        if match:
            inodes.add(match.group(1))
    found = []
    for table, listening in sockets.TABLES:
        if table.startswith("tcp"):
            lines = _read(f"/proc/{pid}/net/{table}").decode().splitlines()
            found += [(address, port) for address, port, inode in sockets.parse(lines, listening) if inode in inodes]
    return sorted(set(found))


def _container_address(pid):
    """Return the address of a process that has a network of its own."""
    lines = _read(f"/proc/{pid}/net/fib_trie").decode().splitlines()
    for line, following in zip(lines, lines[1:]):
        match = re.search(r"\|-- (\d+\.\d+\.\d+\.\d+)", line)
        if match and "/32 host LOCAL" in following and not match.group(1).startswith("127."):
            return match.group(1)
    return None


def reachable_at(pid, listening):
    """Return the address on which this host reaches a process that listens there."""
    if _namespace(pid, "net") != _namespace("self", "net"):
        return _container_address(pid)
    if listening in ("0.0.0.0", "::"):  # noqa: S104 (read, not bound)
        return "127.0.0.1"
    return listening


def _systemctl(*arguments):
    try:
        run = subprocess.run(["systemctl", *arguments], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout


def known_unit(wanted):
    """Return the unit by which Home Assistant is started here, or None."""
    for unit in [wanted] if wanted else UNITS:
        if "LoadState=loaded" in _systemctl("show", "--property=LoadState", unit):
            return unit
    return None


def version(config_dir):
    """Return the release that last ran on a configuration directory, or None."""
    return _read(os.path.join(config_dir, ".HA_VERSION")).decode().strip() or None


def find(config_dir=None, unit=None):
    """Return ({install, version, config_dir, unit, running, pid, address, port}, unknown)."""
    unknown = {}
    chosen = None
    for pid, arguments in processes():
        inside = config_argument(arguments) or os.path.expanduser("~/.homeassistant")
        place = host_path(pid, inside)
        # A process whose files cannot be seen (no right to trace it) may be the one.
        if config_dir is None or place is None or os.path.realpath(place) == os.path.realpath(config_dir):
            chosen = (pid, place, arguments)
            break
    if chosen is None:
        place = config_dir or next(
            (path for path in DIRECTORIES if os.path.isdir(os.path.join(path, ".storage"))), None
        )
        if place is not None and not os.path.isdir(place):
            unknown["home_assistant"] = f"there is no configuration directory {place} on this host"
            return None, unknown
        if place is None:
            unknown["home_assistant"] = "no Home Assistant runs here and no configuration directory was found"
            return None, unknown
        found_unit = known_unit(unit)
        value = {"install": "core" if found_unit else None, "unit": found_unit, "running": False, "pid": None}
        value.update(version=version(place), config_dir=place, address=None, port=None)
        return value, unknown
    pid, place, _arguments = chosen
    contained = in_container(pid)
    environment = _read(f"/proc/{pid}/environ").split(b"\0")
    supervised = any(item.startswith((b"SUPERVISOR=", b"SUPERVISOR_TOKEN=")) for item in environment)
    install = "haos" if supervised and contained else "container" if contained else "core"
    value = {"install": install, "unit": None if contained else unit_of(pid) or known_unit(unit), "running": True}
    value.update(pid=pid, config_dir=config_dir or place, version=version(config_dir or place or ""))
    value.update(address=None, port=None)
    if value["config_dir"] is None:
        unknown["home_assistant"] = (
            "the configuration directory of the running Home Assistant was not found: set hearthwall_ha_config_dir"
        )
    served = listeners(pid)
    # Which of its sockets is the HTTP one is for the settings to say; one alone needs no saying.
    value["listeners"] = [(reachable_at(pid, address), port) for address, port in served]
    if len({port for _address, port in served}) == 1:
        value.update(address=value["listeners"][0][0], port=served[0][1])
    elif not served:
        unknown["home_assistant.port"] = "the running process listens on no TCP port (yet)"
    return value, unknown
