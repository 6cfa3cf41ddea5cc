# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who reaches whom, as the page shows it: zones by zones, each cell with what opens it and where the rules differ."""

from __future__ import annotations

OUTSIDE = "internet"
WORDS = {
    "all": "everything",
    "none": "nothing",
    "devices": "each other",
    "isolated": "isolated",
    "outside": "",
}
# What stands in a cell beside its word, and the status that this is.
MARKS = {"": "", "differs": "fail", "not enforced": "fail", "not known": "unknown", "unknown": "unknown"}
PROOFS = {"equal": "pass", "different": "fail"}


def tables(networks):
    """Return the tables of the page, one for each router; ``networks`` is the report's own part."""
    return [_table(router, seen) for router, seen in sorted((networks or {}).items()) if seen.get("matrix")]


def _table(router, seen):
    matrix, proof = seen["matrix"], seen.get("proof") or {}
    result = proof.get("result", "unknown")
    marks = {}
    for kind in ("differences", "unknown"):
        for each in proof.get(kind) or ():
            place = each["inbound"], each["outbound"] if each["outbound"] in matrix["columns"] else OUTSIDE
            marks.setdefault(place, {"differences": [], "unknown": []})[kind].append(each)
    return {
        "router": router,
        "columns": matrix["columns"],
        "rows": [
            {"zone": row, "cells": [_cell(router, row, column, matrix, marks, seen) for column in matrix["columns"]]}
            for row in matrix["rows"]
        ],
        "status": PROOFS.get(result, "unknown"),
        "reason": proof.get("reason") or proof.get("counterexample") or "",
    }


def _cell(router, row, column, matrix, marks, seen):
    cell = matrix["cells"][row][column]
    found = marks.get((row, column), {"differences": [], "unknown": []})
    openings = cell["openings"]
    isolation = (seen.get("isolation") or {}).get(row) if row == column else None
    mark = "differs" if found["differences"] else "not known" if found["unknown"] else ""
    if isolation and isolation["state"] in MARKS:
        mark = isolation["state"]
    flows = f"{len(openings)} flow{'' if len(openings) == 1 else 's'}"
    return {
        "id": f"reach-{router}-{row}-{column}",
        "from": row,
        "to": column,
        "word": WORDS.get(cell["access"], flows),
        "mark": mark,
        "status": MARKS[mark],
        "openings": openings,
        "never": cell["never"],
        "isolation": isolation,
        **found,
    }
