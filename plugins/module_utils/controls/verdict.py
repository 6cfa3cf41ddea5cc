# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one control was found to be on one host, and how several findings about it become one."""

from __future__ import annotations

# Worst first: where several tasks speak about one control, the worst of them is the truth.
STATUSES = ("error", "fail", "unknown", "pass", "not_applicable")


def verdict(control, status, expected="", actual="", evidence="", changed=False):
    """Return one verdict: plain data, no secrets.

    ``status`` is one of STATUSES; ``changed`` says that this run brought the control to that status.
    """
    if status not in STATUSES:
        raise ValueError(f"{status!r} is no status: one of {', '.join(STATUSES)}")
    return {
        "id": control,
        "status": status,
        "expected": expected,
        "actual": actual,
        "evidence": evidence,
        "changed": changed,
    }


def worst(statuses):
    """Return the worst of some statuses."""
    return min(statuses, key=STATUSES.index)


def merge(first, second):
    """Return the one verdict that two verdicts about the same control amount to.

    The worse status wins and keeps its words; equal statuses join theirs.
    """
    if STATUSES.index(second["status"]) < STATUSES.index(first["status"]):
        first, second = second, first
    merged = dict(first, changed=first["changed"] or second["changed"])
    if first["status"] == second["status"]:
        for part in ("expected", "actual", "evidence"):
            texts = [text for text in (first[part], second[part]) if text]
            merged[part] = "; ".join(dict.fromkeys(texts))
    return merged


def mended(before, after):
    """Return later verdicts, each marked as changed where its control passes now and did not before."""
    was_open = {spoken["id"] for spoken in before if spoken["status"] != "pass"}
    return [dict(spoken, changed=spoken["status"] == "pass" and spoken["id"] in was_open) for spoken in after]


def broken_off(verdicts, doing, cause):
    """Return what is to be said of the controls that failed when mending them broke off."""
    return [
        verdict(spoken["id"], "error", spoken["expected"], f"{spoken['actual']}; {doing} failed: {cause}")
        for spoken in verdicts
        if spoken["status"] == "fail"
    ]


def accumulate(known, verdicts):
    """Return the dict of verdicts by control id after some more have been spoken."""
    result = dict(known)
    for spoken in verdicts:
        control = spoken["id"]
        result[control] = merge(result[control], spoken) if control in result else spoken
    return result
