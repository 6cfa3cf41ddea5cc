# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which units the service manager knows, whether they run and whether they start at boot."""

from __future__ import annotations

import datetime
import os
import subprocess

KINDS = ("service", "timer", "socket", "path")
PROPERTIES = "Id,Names,LoadState,ActiveState,UnitFileState,ActiveEnterTimestamp"
TIMEOUT = 30


def supervised():
    """Say whether systemd is what runs this host."""
    return os.path.isdir("/run/systemd/system")


def look(units=()):
    """Return {unit: {"active", "enabled", "since"}} of all units, and of those named even if they do not exist.

    One call for what is loaded, one for the unit files that are not, both at the same time.
    """
    loaded = _start("show", f"--property={PROPERTIES}", "--", *(f"*.{kind}" for kind in KINDS), *units)
    files = _start("list-unit-files", "--no-legend", "--no-pager", f"--type={','.join(KINDS)}")
    found = parse_unit_files(_end(files))
    found.update(parse_show(_end(loaded)))
    return found


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


def parse_unit_files(text):
    """Return the units of `systemctl list-unit-files`; what is not loaded does not run."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2:
            found[words[0]] = {"active": "inactive", "enabled": words[1], "since": None}
    return found


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
