# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One thing that is wrong with a description: which variable, what is wrong, how to mend it, on which hosts."""

from __future__ import annotations

import difflib


def problem(variable, what, fix, host=None):
    """Return one problem. Never put a secret's value into it."""
    return {"variable": variable, "problem": what, "fix": fix, "hosts": [host] if host else []}


def on(host, problems):
    """Return the problems that a rule has with one host, each naming it."""
    return [{**each, "hosts": [host.name]} for each in problems]


def found_on(hosts, rules, *context):
    """Return what some rules find: each is called with a host and the context, and returns its problems."""
    return [each for host in hosts for rule in rules for each in on(host, rule(host, *context))]


def gather(problems):
    """Return the problems with those that several hosts share told once, in the order they came."""
    told = {}
    for each in problems:
        key = (each["variable"], each["problem"], each["fix"])
        known = told.setdefault(key, {**each, "hosts": []})
        known["hosts"] += [host for host in each["hosts"] if host not in known["hosts"]]
    return list(told.values())


def did_you_mean(name, known):
    """Return ' Did you mean …?' or ''."""
    near = difflib.get_close_matches(str(name), sorted(known), n=1, cutoff=0.7)
    return f" Did you mean {near[0]}?" if near else ""
