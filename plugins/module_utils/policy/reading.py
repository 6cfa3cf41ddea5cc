# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads values of a description and notes everything that is wrong with them, instead of stopping at the first."""

from __future__ import annotations

import datetime
import ipaddress
import re

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import did_you_mean, problem
from ansible_collections.hearthwall.home.plugins.module_utils.policy.services import ports

_WORDS = {bool: "true or false", int: "a whole number", str: "a text", list: "a list", dict: "a mapping"}
_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}\Z")
_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}\Z")
# 11 letters are what OpenWrt's firewall takes for a zone.
_ZONE = re.compile(r"[a-z][a-z0-9_]{0,10}\Z")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}\Z")


class Reader:
    """Typed reading; each method returns the value, or None after noting a problem."""

    def __init__(self):
        self.problems = []
        # Names that are written down but could not be read: whoever refers to them is not wrong, too.
        self.broken = set()

    def note(self, where, what, fix):
        self.problems.append(problem(where, what, fix))

    def spare(self, written, good):
        """Remember the names that could not be read."""
        self.broken |= set(map(str, written)) - set(good) if isinstance(written, dict) else set()

    def keys(self, where, value, known, required=()):
        """Return a mapping of the known keys that are given; None when it is no mapping."""
        if not self.typed(where, value, dict):
            return None
        for key in value:
            if key not in known:
                self.note(
                    f"{where}.{key}",
                    f"there is no such key.{did_you_mean(key, known)}",
                    f"Use one of {', '.join(sorted(known))}.",
                )
        for key in required:
            if value.get(key) is None:
                self.note(f"{where}.{key}", "is missing", f"Set it: {known[key]}.")
        return {key: each for key, each in value.items() if key in known and each is not None}

    def typed(self, where, value, kind):
        """Return whether a value is of a kind (a truth value is no number)."""
        right = isinstance(value, (list, tuple) if kind is list else kind)
        if not right or (kind is int and isinstance(value, bool)):
            shown = "" if isinstance(value, (list, tuple, dict)) else f", and is {value!r}"
            self.note(where, f"must be {_WORDS[kind]}{shown}", f"Give it as {_WORDS[kind]}.")
            return False
        return True

    def text(self, where, value):
        return str(value).strip() if self.typed(where, value, str) else None

    def truth(self, where, value):
        return value if self.typed(where, value, bool) else None

    def choice(self, where, value, choices):
        if value in choices and isinstance(value, str):
            return value
        self.note(where, f"cannot be {value!r}.{did_you_mean(value, choices)}", f"Use one of {', '.join(choices)}.")
        return None

    def listed(self, where, value):
        """Return [(place, entry)] of one value or a list of them."""
        if isinstance(value, (list, tuple)):
            if not value:
                self.note(where, "is empty", "Name at least one, or remove it.")
            return [(f"{where}[{number}]", each) for number, each in enumerate(value)]
        return [(where, value)]

    def entries(self, where, value):
        """Return [(place, entry)] of a list, which may be empty."""
        if value is None or not self.typed(where, value, list):
            return []
        return [(f"{where}[{number}]", each) for number, each in enumerate(value)]

    def members(self, where, value, pattern, what):
        """Return {name: (place, body)} of a mapping whose names every backend can carry."""
        found = {}
        if value is None or not self.typed(where, value, dict):
            return found
        for name, body in value.items():
            place = f"{where}.{name}"
            if not isinstance(name, str) or not pattern.match(name):
                self.note(place, f"{name!r} cannot name a {what[0]}: not every router could carry it", what[1])
            else:
                found[name] = (place, body)
        return found

    def zone_names(self, where, value):
        how = "Use at most 11 small letters, digits and '_', beginning with a letter."
        return self.members(where, value, _ZONE, ("zone", how))

    def names(self, where, value, what):
        how = "Use at most 32 small letters, digits, '_' and '-', beginning with a letter."
        return self.members(where, value, _NAME, (what, how))

    def interface(self, where, value):
        name = self.text(where, value)
        if name is not None and not _INTERFACE.match(name):
            self.note(where, f"{name!r} is no name of an interface", "Use the name as the router shows it.")
            return None
        return name

    def network(self, where, value, version):
        written = self.text(where, value)
        if written is None:
            return None
        try:
            network = ipaddress.ip_network(written, strict=False)
        except ValueError:
            example = "10.0.20.0/24" if version == 4 else "2001:db8:20::/64"
            self.note(where, f"{written!r} is no network", f"Write it as {example}.")
            return None
        if network.version != version:
            self.note(where, f"{written} is IPv{network.version}", f"Put it into cidr{network.version}.")
        elif ipaddress.ip_address(written.split("/")[0]) != network.network_address:
            self.note(where, f"{written} has host bits set", f"The network is {network}.")
        elif network.prefixlen == 0:
            self.note(where, f"{network} is every address there is", "Name the zone's own networks.")
        elif network.is_multicast or network.is_loopback or network.is_link_local:
            self.note(where, f"{network} is no network that a router routes", "Name the zone's own networks.")
        else:
            return network
        return None

    def address(self, where, value, version):
        written = self.text(where, value)
        if written is None:
            return None
        try:
            address = ipaddress.ip_address(written)
        except ValueError:
            self.note(where, f"{written!r} is no IP address", "Correct it.")
            return None
        if address.version != version:
            key = where.rsplit(".", 1)[-1][:-1]
            self.note(where, f"{written} is IPv{address.version}", f"Put it into {key}{address.version}.")
            return None
        return address

    def mac(self, where, value):
        written = self.text(where, value)
        if written is None:
            return None
        plain = written.lower().replace("-", ":")
        if not _MAC.match(plain):
            self.note(where, f"{written!r} is no MAC address", "Write it as 02:00:00:00:00:01, in quotes.")
            return None
        return plain

    def ports(self, where, value):
        try:
            return ports(value)
        except ValueError as error:
            self.note(where, f"{value!r} {error}", "Correct it.")
            return None

    def date(self, where, value):
        """Return a date, also where YAML has made one of it already."""
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value
        try:
            if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}\Z", value):
                return datetime.date.fromisoformat(value)
        except ValueError:
            pass
        self.note(where, f"{str(value)!r} is no date", "Write the last day as 2027-03-01.")
        return None
