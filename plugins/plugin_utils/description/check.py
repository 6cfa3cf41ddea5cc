# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Holds one home's description against everything that is known of it; returns every problem at once."""

from __future__ import annotations

import re

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.hearthwall.home.plugins.module_utils.controls.waivers import WaiverError
from ansible_collections.hearthwall.home.plugins.module_utils.description.names import check_names
from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import on, problem
from ansible_collections.hearthwall.home.plugins.module_utils.description.rules import RULES
from ansible_collections.hearthwall.home.plugins.module_utils.description.types import check_options
from ansible_collections.hearthwall.home.plugins.module_utils.description.value_formats import check_formats
from ansible_collections.hearthwall.home.plugins.module_utils.description.value_ranges import check_ranges
from ansible_collections.hearthwall.home.plugins.plugin_utils.description import vault_place
from ansible_collections.hearthwall.home.plugins.plugin_utils.waiver_file import load_waivers

# The role that declares the home's own variables.
HOME_ROLE = "home"


def prefixes(specs):
    """Return what the names of all variables of the roles begin with."""
    return tuple("hearthwall_" if role == HOME_ROLE else f"{role}_" for role in specs)


def check_home(home, specs, catalogue, homes, today, base):
    """Return the problems of a home (a DescribedHome)."""
    found = []
    known = {name for options in specs.values() for name in options}
    for host in home.hosts.values():
        here = check_names(host.given, known, prefixes(specs))
        for role, options in specs.items():
            here += _check_role(role, options, host, _groups_of(role, catalogue))
        here += check_formats(host.given) + check_ranges(host.given)
        found += on(host, here)
    # The rules read well-formed values only; what is told already is not told again as missing.
    told = {_root(each["variable"]) for each in found}
    for host in home.hosts.values():
        host.effective = {name: value for name, value in host.effective.items() if name not in told}
    for rule in RULES:
        found += [each for each in rule(home) if _root(each["variable"]) not in told]
    found += [each for each in vault_place.check(home) if _root(each["variable"]) not in told]
    return found + _waiver_problems(home, catalogue, homes, today, base)


def _root(where):
    return re.split(r"[.\[]", where)[0]


def _check_role(role, options, host, groups):
    concerned = role == HOME_ROLE or bool(host.groups & groups)
    wanted = {
        name: each if concerned and name not in host.unreadable else {**each, "required": False}
        for name, each in options.items()
    }
    found = check_options(host.given, wanted)
    if found:
        return found
    # What is not worded above, Ansible's own validation words: the role would stop at it.
    values = {name: value for name, value in host.given.items() if name in options and value is not None}
    wanted = wanted if concerned else {name: each for name, each in wanted.items() if name in values}
    messages = ArgumentSpecValidator(wanted).validate(values).error_messages
    return [problem(f"{role}_*", message, "Correct the value.") for message in messages]


def _groups_of(role, catalogue):
    return {control["applies_to"] for control in catalogue.values() if control["role"] == role}


def _waiver_problems(home, catalogue, homes, today, base):
    found = []
    for host in home.hosts.values():
        name = host.get("hearthwall_waivers_file")
        if not isinstance(name, str):
            continue
        try:
            load_waivers(name, base, catalogue, home.inventory, homes, today)
        except WaiverError as error:
            found += [
                problem("hearthwall_waivers_file", each, "Correct the waiver file.", host.name)
                for each in error.problems
            ]
    return found
