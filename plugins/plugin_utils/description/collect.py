# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads a home's description from the inventory: given variables, templated, over the roles' defaults."""

from __future__ import annotations

import os
from contextlib import suppress

try:
    from ansible._internal._datatag._tags import Origin
except ImportError:
    Origin = None

from ansible_collections.hearthwall.home.plugins.module_utils.controls.catalogue import GROUPS
from ansible_collections.hearthwall.home.plugins.module_utils.description.home import DescribedHome, DescribedHost
from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import problem
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import ROOT
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import home_of, members_of


class Reader:
    """Reads hosts as the inventory has them; what cannot be read becomes a problem."""

    def __init__(self, hostvars, groups, templar, loader, prefixes):
        self._hostvars, self._groups, self._templar = hostvars, groups, templar
        self._prefixes = tuple(prefixes)
        self._defaults = _role_defaults(loader)
        self.problems = []
        self.places = {}  # (variable, host): the file and line that set it

    def home(self, name, applying=()):
        members = members_of(name, self._hostvars, self._groups)
        hosts = [self.host(host, groups) for host, groups in members.items()]
        return DescribedHome(name, hosts, self._groups["all"], name in self._groups, applying)

    def host(self, name, groups=None):
        raw = self._hostvars.raw_get(name)
        templar = self._templar.copy_with_new_env(available_variables={**self._defaults, **raw})
        given, unreadable = {}, set()
        for variable in raw:
            if variable.startswith(self._prefixes):
                self.places[variable, name] = _place(raw[variable])
                try:
                    given[variable] = _plain(templar.template(raw[variable]))
                except Exception as error:
                    unreadable.add(variable)
                    self.problems.append(problem(variable, _unreadable(error), _READ_IT, name))
        effective = dict(given)
        for variable, value in self._defaults.items():
            if variable not in raw:
                with suppress(Exception):  # a default that needs facts is known only once the host was looked at
                    effective[variable] = _plain(templar.template(value))
        address = raw.get("ansible_host")
        if groups is None:
            groups = {group for group in GROUPS if name in self._groups.get(group, ())}
        return DescribedHost(name, groups, given, effective, address if isinstance(address, str) else None, unreadable)

    def nameless(self, hosts):
        """Return those hosts that name no home."""
        return [host for host in hosts if home_of(self._hostvars, host) is None]


_READ_IT = (
    "Define what it refers to; for a value from the vault, give its password (--vault-password-file, --ask-vault-pass)."
)


def _place(value):
    """Return where a value was written; '' where Ansible does not say (before 2.19, or for true and false)."""
    origin = Origin.get_tag(value) if Origin else None
    if not origin or not origin.path:
        return ""
    path = os.path.relpath(origin.path)
    shown = origin.path if path.startswith("..") else path
    return f"{shown}:{origin.line_num}" if origin.line_num else shown


def _role_defaults(loader):
    defaults = {}
    for path in sorted((ROOT / "roles").glob("*/defaults/main.yml")):
        # From 2.19 on only a text that is trusted is a template; before, every text is.
        trust = {"trusted_as_template": True} if Origin else {}
        loaded = loader.load_from_file(str(path), **trust)
        defaults.update(loaded if isinstance(loaded, dict) else {})
    return defaults


def _plain(value):
    """Return a templated value as plain containers, so that whatever is lazy fails here and not later."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


def _unreadable(error):
    return "cannot be read: " + " ".join(str(error).split())[:200]
