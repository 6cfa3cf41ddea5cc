# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which homes a run is about, who belongs to them, and where their reports go: read from the inventory."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.hearthwall.home.plugins.module_utils.controls.catalogue import GROUPS, answering
from ansible_collections.hearthwall.home.plugins.module_utils.controls.profiles import DEFAULT as DEFAULT_PROFILE
from ansible_collections.hearthwall.home.plugins.module_utils.controls.profiles import PROFILES
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.formats import DEFAULT as DEFAULT_FORMATS
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.secrets import secret_names, secrets_in
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import home_directory

COPIES = 400


@dataclass
class Home:
    name: str
    directory: Path
    members: dict = field(default_factory=dict)  # host: the groups of GROUPS it is in
    waivers_file: str | None = None
    base: str | None = None  # where a relative waivers_file starts
    summary: bool | None = None
    profile: str = DEFAULT_PROFILE
    formats: tuple = DEFAULT_FORMATS
    copies: int = COPIES
    secrets: set = field(default_factory=set)  # texts that no report may hold


class HomesOfRun:
    """Learns from each play's inventory view; answers when the run is over."""

    def __init__(self):
        self._hosts = {}  # hosts of the plays: their home, as far as known
        self._hostvars = None
        self._groups = {}

    def learn(self, play):
        """Take in the hosts of a play and return their names."""
        variables = play.get_variable_manager().get_vars(play=play)
        self._hostvars = variables["hostvars"]
        self._groups = variables["groups"]
        hosts = list(variables["ansible_play_hosts_all"])
        for host in hosts:
            if host not in self._hosts:
                self._hosts[host] = home_of(self._hostvars, host)
        return hosts

    def homes(self, reports, specs, warn):
        """Return the homes that the plays were about, by name; ``specs`` tells which variables are secrets."""
        found = []
        for name in sorted({home for home in self._hosts.values() if home}):
            first = next(host for host, home in self._hosts.items() if home == name)
            try:
                directory = home_directory(read(self._hostvars, first, "hearthwall_reports_dir") or reports, name)
            except ValueError as error:
                warn(f"No Hearthwall report for this home: hearthwall_home: {error}")
                continue
            found.append(
                Home(
                    name=name,
                    directory=Path(os.path.abspath(directory.expanduser())),
                    members=members_of(name, self._hostvars, self._groups, self._hosts),
                    waivers_file=read(self._hostvars, first, "hearthwall_waivers_file"),
                    base=read(self._hostvars, first, "inventory_dir"),
                    summary=read(self._hostvars, first, "hearthwall_report_summary"),
                    profile=profile_of_home(self._hostvars, first),
                    formats=_formats(read(self._hostvars, first, "hearthwall_report_formats")),
                    copies=_copies(read(self._hostvars, first, "hearthwall_report_copies")),
                    secrets=self._secrets([host for host, home in self._hosts.items() if home == name], specs),
                )
            )
        return found

    def _secrets(self, hosts, specs):
        names = secret_names(specs)
        found = set()
        for host in hosts:
            variables = self._hostvars[host]
            found |= secrets_in({name: read({host: variables}, host, name) for name in names & set(variables)}, specs)
        return found

    def known_names(self):
        """Return (hosts, homes) that a waiver may name: all of the inventory's."""
        return set(self._groups.get("all", ())), home_names(self._groups)


class Remembered(dict):
    """The variables of hosts, each host's put together once: every look at hostvars does it anew."""

    def __init__(self, hostvars):
        super().__init__()
        self._hostvars = hostvars

    def __missing__(self, host):
        self[host] = self._hostvars[host]
        return self[host]


def read(hostvars, host, name):
    """Return a variable of a host, templated; None where it is unset or cannot be told."""
    try:
        variables = hostvars[host]
        return variables.get(name)
    except Exception:  # an undefined name in its template, a vault that is not open
        return None


def home_of(hostvars, host):
    name = read(hostvars, host, "hearthwall_home")
    return name if isinstance(name, str) and name else None


def profile_of_home(hostvars, host):
    """Return the profile of a host's home; what the description refuses counts as not set."""
    name = read(hostvars, host, "hearthwall_profile")
    return name if name in PROFILES else DEFAULT_PROFILE


def _formats(chosen):
    return tuple(chosen) if isinstance(chosen, (list, tuple)) else DEFAULT_FORMATS


def _copies(number):
    return number if isinstance(number, int) and number > 0 else COPIES


def home_names(groups):
    """Return the names that a home can have: those of the groups that are no home's parts."""
    return set(groups) - {*GROUPS, "all", "ungrouped"}


def members_of(home, hostvars, groups, known=None):
    """Return {host: its groups} of a home: the hosts of the group that it names, and any other that says so."""
    candidates = groups[home] if home in groups else set().union(*(groups.get(each, ()) for each in GROUPS))
    known = known or {}
    members = {host for host in candidates if (known[host] if host in known else home_of(hostvars, host)) == home}
    members |= {host for host, name in known.items() if name == home}
    return {host: answering(group for group in GROUPS if host in groups.get(group, ())) for host in sorted(members)}
