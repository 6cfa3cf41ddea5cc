# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads a report: what is open, worst first, and the command that mends it. Shared by every format."""

from __future__ import annotations

import shlex
from datetime import datetime

from ansible_collections.hearthwall.home.plugins.module_utils.controls.checklist import row_order
from ansible_collections.hearthwall.home.plugins.module_utils.controls.severity import SEVERITIES
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import OPEN
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.scope import entries_in_scope

# Worst first, for people to read.
READING_ORDER = (*OPEN, "waived", "pass", "not_applicable")


def open_findings(document):
    """Return the entries that somebody has to act on, worst first; of a partial run only what it was to look at."""
    return sorted((each for each in entries_in_scope(document) if each["status"] in OPEN), key=_badness)


def worst_first(document):
    """Return all entries: open ones by severity, then the rest."""
    return sorted(document["controls"], key=_badness)


def repair_command(entry, inventory=()):
    """Return the one command that brings the control to its declared state on its host."""
    words = ["ansible-playbook"]
    for source in inventory:
        words += ["-i", source]
    words += ["playbooks/site.yml", "--limit", entry["host"]]
    words += ["--tags", entry["role"]] if entry["role"] else []
    return shlex.join(words)


def moment(text):
    """Return a time as the report writes it as a datetime."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def seconds(document):
    """Return how long the run took."""
    return int((moment(document["finished"]) - moment(document["started"])).total_seconds())


def _badness(entry):
    severity = SEVERITIES.index(entry["severity"]) if entry["severity"] in SEVERITIES else -1
    return (
        entry["status"] not in OPEN,
        severity if entry["status"] in OPEN else 0,
        READING_ORDER.index(entry["status"]) if entry["status"] in READING_ORDER else -1,
        severity,
        row_order(entry["row"]),
        entry["id"],
        entry["host"],
    )
