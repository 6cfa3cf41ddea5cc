# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which units the service manager knows, whether they run and whether they start at boot."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import subprocess

KINDS = (".service", ".timer", ".socket", ".path")
FOLDERS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
WANTS = (".wants", ".requires", ".upholds")
INSTALL = re.compile(r"^\s*(?:WantedBy|RequiredBy|UpheldBy|Alias|Also)\s*=", re.MULTILINE)
PROPERTIES = "Id,Names,LoadState,ActiveState,UnitFileState,ActiveEnterTimestamp"
TIMEOUT = 30


def supervised():
    """Say whether systemd is what runs this host."""
    return os.path.isdir("/run/systemd/system")


def look(units=()):
    """Return {unit: {"active", "enabled", "since"}} of all units, and of those named even if they do not exist.

    What is loaded, and what is named, systemd tells in one call. The files of the other units are read here: to ask
    systemd about each of them takes it longer than everything else in a snapshot.
    """
    found = unit_files()
    patterns = [f"*{kind}" for kind in KINDS]
    found.update(parse_show(_end(_start("show", f"--property={PROPERTIES}", "--", *patterns, *units))))
    return found


def unit_files(folders=FOLDERS, administered=FOLDERS[:2]):
    """Return the units of which there is a file, as far as their files tell: none of them is taken to run."""
    files, wanted = {}, {}
    for folder in folders:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        state = "enabled-runtime" if folder.startswith("/run/") else "enabled"
        for entry in entries:
            # What the distribution's own folders link is there by design: nobody enabled it.
            if entry.name.endswith(WANTS) and folder in administered:
                with contextlib.suppress(OSError):
                    wanted.update((name, state) for name in os.listdir(entry.path) if name not in wanted)
            elif entry.name.endswith(KINDS) and "@." not in entry.name:
                # The first folder that has a unit is the one that counts.
                files.setdefault(entry.name, entry.path)
    enabled = {name: wanted.get(name) or _enablement(path) for name, path in files.items()}
    return {name: {"active": "inactive", "enabled": enabled[name], "since": None} for name in files}


def _enablement(path):
    real = os.path.realpath(path)
    if real == "/dev/null":
        return "masked"
    if os.path.islink(path) and os.path.basename(real) != os.path.basename(path):
        return "alias"
    try:
        with open(real, encoding="utf-8", errors="replace") as text:
            return "disabled" if INSTALL.search(text.read()) else "static"
    except OSError:
        return "static"


def look_at(units):
    """Return the same for a few units only, with one call."""
    if not units:
        return {}
    return parse_show(_end(_start("show", f"--property={PROPERTIES}", "--", *units)))


def _start(*arguments):
    return subprocess.Popen(
        ["systemctl", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ, LC_ALL="C", TZ="UTC", SYSTEMD_COLORS="0", SYSTEMD_PAGER=""),
        universal_newlines=True,
    )


def _end(process):
    try:
        output, errors = process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise OSError(f"systemctl did not answer within {TIMEOUT} s") from None
    if process.returncode:
        raise OSError(f"systemctl: {errors.strip() or process.returncode}")
    return output


def parse_show(text):
    """Return the units of `systemctl show`, by every name that they go by."""
    found = {}
    for block in text.split("\n\n"):
        unit = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if not unit.get("Id"):
            continue
        load = unit.get("LoadState")
        enabled = "absent" if load == "not-found" else "masked" if load == "masked" else unit.get("UnitFileState")
        state = {
            "active": unit.get("ActiveState", "inactive"),
            "enabled": enabled or "static",
            "since": _time(unit.get("ActiveEnterTimestamp")),
        }
        if state["active"] != "active":
            state["since"] = None
        for name in {unit["Id"], *unit.get("Names", "").split()}:
            found[name] = state
    return found


def _time(text):
    """Turn `Mon 2026-11-23 14:36:00 UTC` into ISO 8601."""
    try:
        when = datetime.datetime.strptime(text or "", "%a %Y-%m-%d %H:%M:%S UTC")
    except ValueError:
        return None
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
