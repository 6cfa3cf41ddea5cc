# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Home Assistant's version numbers: year.month.patch, with b or dev for what is not released yet."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?:\.?(b|dev|rc)(\d*))?\Z")


def key(version):
    """Return what versions are compared by, or None for what is no version of this kind."""
    found = _SHAPE.match(str(version).strip())
    if not found:
        return None
    year, month, patch, stage, number = found.groups()
    return int(year), int(month), int(patch or 0), {"dev": 0, "b": 1, "rc": 2, None: 3}[stage], int(number or 0)


def is_beta(version):
    """Return whether a version is not a released one."""
    return key(version) is not None and key(version)[3] < 3


def is_first_of_month(version):
    """Return whether a version is the released .0 of its month."""
    return key(version) is not None and key(version)[2] == 0 and not is_beta(version)


def older(version, other):
    """Return whether a version comes before another; None where that cannot be told."""
    one, two = key(version), key(other)
    return None if one is None or two is None else one < two
