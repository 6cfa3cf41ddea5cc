# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finds places inside variables: a.b is a key of a mapping, a[] every entry of a list."""

from __future__ import annotations


def places(values, pattern):
    """Yield (place, value) for each value in a mapping of variables that a pattern means."""
    head, dot, rest = pattern.partition(".")
    name = head[:-2] if head.endswith("[]") else head
    if not isinstance(values, dict) or name not in values:
        return
    entries = [(name, values[name])]
    if head.endswith("[]"):
        listed = values[name] if isinstance(values[name], (list, tuple)) else ()
        entries = [(f"{name}[{number}]", each) for number, each in enumerate(listed)]
    for where, value in entries:
        if not dot:
            yield where, value
        else:
            for inner, found in places(value, rest):
                yield f"{where}.{inner}", found
