# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The time that nobody can set, and which boot and which process something belongs to.

Standard library only: the guard runs this file by itself.
"""

from __future__ import annotations

import datetime
import time


def utc(when=None):
    """Return a time as ISO 8601 in UTC."""
    moment = datetime.datetime.fromtimestamp(time.time() if when is None else when, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def now():
    """Return seconds since boot, suspended time included; nobody can set this clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id():
    """Return what tells this boot of the kernel (or of the container) from every other."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        kernel = file.read().strip()
    # A container shares the kernel's: the start of its first process tells its boots apart.
    return f"{kernel}-{started(1)}"


def started(pid):
    """Return when a process started, in the kernel's ticks, or None if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            words = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if words[0] in "ZX" else int(words[19])
