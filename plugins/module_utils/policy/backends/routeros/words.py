# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RouterOS' own spelling of values, so that what is wanted and what a router prints can be compared."""

from __future__ import annotations

# What a router prints for an option that was never set, which is the same as its being absent.
UNSET = ("", None)
ADDRESSES = ("src-address", "dst-address")
SETS = ("tagged", "untagged", "connection-state", "connection-nat-state")


def text(value):
    """Return a value as the API spells it: librouteros makes numbers and truth values of some."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return {"true": "yes", "false": "no"}.get(str(value), str(value))


def plain(option, value):
    """Return a value for comparison: the order in a set of words says nothing."""
    written = text(value)
    if option in ADDRESSES:
        # IPv6 rules print a single address with its length.
        written = written[:-4] if written.endswith("/128") else written
    return ",".join(sorted(written.split(","))) if option in SETS else written


def same(option, wanted, found):
    """Return whether an option is as wanted."""
    if found in UNSET:
        return wanted in UNSET
    return plain(option, wanted) == plain(option, found)


def yes(entry, option):
    """Return whether a flag of an entry is set."""
    return text(entry.get(option, "no")) == "yes"
