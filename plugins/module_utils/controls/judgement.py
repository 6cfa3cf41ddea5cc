# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decides whether a host may pass: which of its controls are open at or above a threshold. Pure."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.catalogue import answering
from ansible_collections.hearthwall.home.plugins.module_utils.controls.severity import SEVERITIES, reaches
from ansible_collections.hearthwall.home.plugins.module_utils.controls.waivers import waived_status, waiver_for

FAILING = ("fail", "error", "unknown", "waiver_expired")


def role_chosen(role, run_tags=("all",), skip_tags=()):
    """Say whether --tags and --skip-tags leave a role in, whose tag is its name, as Ansible itself would."""
    run_tags, skip_tags = set(run_tags) or {"all"}, set(skip_tags)
    chosen = bool(run_tags & {"all", "tagged", role})
    return chosen and not skip_tags & {"all", "tagged", role}


def open_controls(host, home, groups, catalogue, verdicts, waivers, today, threshold, in_question):
    """Return [{id, severity, status}] of what is open on a host, worst first.

    ``verdicts`` is {control id: verdict}; ``in_question(role)`` says whether a role's silence counts: what a role that
    was left out did not say is nobody's failure, and what was said always counts.
    """
    found, groups = [], answering(groups)
    for control in catalogue.values():
        spoken = verdicts.get(control["id"])
        if spoken is None and not (control["applies_to"] in groups and in_question(control["role"])):
            continue
        found.append((control["id"], control["severity"], spoken["status"] if spoken else "unknown"))
    # What no catalogue declares has no severity; it must not slip through for that.
    found += [(each, "high", verdicts[each]["status"]) for each in verdicts if each not in catalogue]
    result = []
    for identifier, severity, status in found:
        status = waived_status(status, waiver_for(waivers, identifier, host, home), today)
        if status in FAILING and reaches(severity, threshold):
            result.append({"id": identifier, "severity": severity, "status": status})
    return sorted(result, key=lambda each: (SEVERITIES.index(each["severity"]), each["id"]))
