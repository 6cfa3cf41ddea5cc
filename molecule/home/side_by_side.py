# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the two scores and the two attack tallies of the demo side by side, and where to look next."""

from __future__ import annotations

import json
from pathlib import Path

REPORTS = Path(__file__).parents[2] / "reports/lab"
STATUSES = ("pass", "fail", "error", "unknown", "not_applicable", "waived", "waiver_expired")


def load(name):
    return json.loads((REPORTS / name).read_text(encoding="utf-8"))


def row(name, before, after):
    print(f"  {name:46} {before!s:>10} {after!s:>10}")


def main():
    """Read what the demo wrote and print it on one screen."""
    before, after, attacks = load("before.json")["summary"], load("latest.json")["summary"], load("attacks.json")
    row("", "before", "after")
    row("score (0 to 100)", before["score"], after["score"])
    for status in STATUSES:
        if before[status] or after[status]:
            row(f"controls: {status.replace('_', ' ')}", before[status], after[status])
    row("attacks that succeeded", *(sum(entry[m] == "succeeded" for entry in attacks) for m in ("before", "after")))
    print()
    for entry in attacks:
        row(f"{entry['from']}: {entry['what']}"[:46], entry["before"], entry["after"])
    print(f"\n  Report: {(REPORTS / 'latest.html').relative_to(REPORTS.parents[1])}  (open it in a browser)")
    print("  The lab is still up: `molecule/lab/lab status`; `make clean` takes it away.")


if __name__ == "__main__":
    main()
