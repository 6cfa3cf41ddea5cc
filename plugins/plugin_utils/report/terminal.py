# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Format: the one-screen summary that ends a run. Returns (line, colour name or None) pairs."""

from __future__ import annotations

import textwrap

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import STATUSES
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.findings import open_findings, repair_command
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.scope import (
    counts_in_scope,
    is_whole,
    score_in_scope,
    score_words,
    sentence,
)

MOST_FINDINGS = 5
MOST_HOMES = 20
_COLOURS = {"fail": "red", "error": "red", "waiver_expired": "red", "unknown": "yellow"}


def render(document, page_path=None, inventory=(), width=100):
    """Return the summary of one home."""
    counts = counts_in_scope(document)
    found = open_findings(document)
    what = "dry run" if document["mode"] == "check" else "apply"
    what = what if is_whole(document) else f"partial {what}"
    lines = [
        ("", None),
        (f"HEARTHWALL  {document['home']}  {what}  score {score_words(document)}/100", "red" if found else "green"),
        ("  " + ", ".join(f"{counts[each]} {each.replace('_', ' ')}" for each in STATUSES if counts[each]), None),
    ]
    if not is_whole(document):
        lines.insert(2, (f"  {sentence(document)}", "yellow"))
    for each in found[:MOST_FINDINGS]:
        head = f"  {each['severity']:<8} {each['id']} on {each['host']}: {each['status'].replace('_', ' ')}: "
        lines.append((head + each["title"], _COLOURS[each["status"]]))
        if each["actual"]:
            lines.append((f"{'':11}is:  {textwrap.shorten(each['actual'], width, placeholder=' …')}", None))
        lines.append((f"{'':11}fix: {repair_command(each, inventory)}", None))
    if len(found) > MOST_FINDINGS:
        lines.append((f"  … and {len(found) - MOST_FINDINGS} more open findings in the report", None))
    if page_path:
        lines.append((f"  Report: {page_path}", None))
    return lines


def text(document, inventory=()):
    """Return the summary of one home as plain text."""
    return "\n".join(line for line, _colour in render(document, inventory=inventory)) + "\n"


def render_many(documents, directory):
    """Return the summary of several homes: one line each, worst first."""
    lines = [("", None), (f"HEARTHWALL  {len(documents)} homes", None)]
    for document in sorted(documents, key=lambda each: (score_in_scope(each) or 0, each["home"]))[:MOST_HOMES]:
        found = open_findings(document)
        words = (
            f"{len(found)} open, worst {found[0]['severity']}: {found[0]['id']} {found[0]['host']}"
            if found
            else "nothing open"
        )
        lines.append((f"  {score_words(document):>3}/100  {document['home']:<20} {words}", "red" if found else "green"))
        if not is_whole(document):
            lines.append((f"{'':11}{sentence(document)}", "yellow"))
    if len(documents) > MOST_HOMES:
        lines.append((f"  … and {len(documents) - MOST_HOMES} more homes, with higher scores", None))
    lines.append((f"  Reports: {directory}/<home>/latest.html", None))
    return lines
