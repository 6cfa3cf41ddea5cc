# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A home as its description has it: plain data that the rules read."""

from __future__ import annotations


class DescribedHost:
    """One host: its groups of the home, its given variables, and those over the roles' defaults."""

    def __init__(self, name, groups, given, effective=None, address=None, unreadable=()):
        self.name = name
        self.groups = frozenset(groups)
        self.given = given
        self.effective = dict(given) if effective is None else effective
        self.address = address or name
        self.unreadable = frozenset(unreadable)

    def get(self, variable, default=None):
        value = self.effective.get(variable)
        return default if value is None else value


class DescribedHome:
    """One home: its name, its hosts, every host name of the inventory, and the roles that this run is to apply."""

    def __init__(self, name, hosts, inventory=(), has_group=True, applying=()):
        self.name = name
        self.hosts = {host.name: host for host in hosts}
        self.inventory = frozenset(inventory) | frozenset(self.hosts)
        self.has_group = has_group
        self.applying = frozenset(applying)

    def group(self, name):
        """Return the hosts of one of the home's groups."""
        return [host for host in self.hosts.values() if name in host.groups]
