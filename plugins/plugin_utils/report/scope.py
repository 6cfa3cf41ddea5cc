# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How much of a home a run was to look at. One that left controls out is partial: it does not tell the home's posture.

A report from before there were partial ones counts as whole.
"""

from __future__ import annotations

from collections import Counter

from ansible_collections.hearthwall.home.plugins.module_utils.controls.score import JUDGED, score


def is_whole(document):
    """Tell whether the run was to look at every control of the home."""
    return not document.get("partial")


def entries_in_scope(document):
    """Return the entries that the run was to look at."""
    return [each for each in document["controls"] if each.get("in_scope", True)]


def partial(entries, limits):
    """Return the report's part about what was left out, given what left it out; None where nothing was."""
    seen = [each for each in entries if each["in_scope"]]
    if len(seen) == len(entries):
        return None
    judged = any(each["status"] in JUDGED for each in seen)
    return {
        "limited_by": sorted(limits),
        "in_scope": len(seen),
        "left_out": len(entries) - len(seen),
        "score": score(seen) if judged else None,
    }


def score_in_scope(document):
    """Return the score of what the run was to look at; None where it judged nothing of it."""
    return document["summary"]["score"] if is_whole(document) else document["partial"]["score"]


def score_words(document):
    """Return that score as people read it."""
    score = score_in_scope(document)
    return "–" if score is None else str(score)


def counts_in_scope(document):
    """Return {status: how many} of what the run was to look at."""
    return Counter(each["status"] for each in entries_in_scope(document))


def sentence(document):
    """Return what a partial run is, in one sentence; nothing for a whole one."""
    part = document.get("partial")
    if not part:
        return ""
    limits, whole = ", ".join(part["limited_by"]), part["in_scope"] + part["left_out"]
    return (
        f"Partial run ({limits}): it was to look at {part['in_scope']} of {whole} controls and says nothing of the"
        " others, so this is not the home's score."
    )
