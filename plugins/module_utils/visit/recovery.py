# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What earlier visits have left undone, before a new one begins."""

from __future__ import annotations

import os

from ansible_collections.hearthwall.home.plugins.module_utils.visit import guard, journal, rollback, staging
from ansible_collections.hearthwall.home.plugins.module_utils.visit.errors import VisitError


def recover(desired, home):
    """Put back what a visit that was cut short has left, and our own change that nobody confirmed."""
    recovered = []
    ours = {item["path"] for kind in ("directories", "files", "links", "absent") for item in desired[kind]}
    for left in journal.pending(home):
        folder = os.path.join(journal.base(home), left["id"])
        shared = sorted(ours.intersection(left["paths"]))
        ours_unconfirmed = left["state"] == "unconfirmed" and left["role"] == desired["role"]
        if left["state"] in ("unfinished", "stuck") or ours_unconfirmed:
            failures, _notes = rollback.put_back(folder)
            if failures:
                raise VisitError(
                    f"An earlier visit ({left['id']}) was cut short and cannot be put back: {'; '.join(failures)}.",
                    "This one changed nothing. Put the saved copies in place by hand, then remove that folder.",
                    stuck=True,
                )
            guard.disarm(folder)
            recovered.append(left["id"])
        elif shared:
            raise VisitError(
                f"A change of role {left['role']} to {', '.join(shared)} waits to be confirmed ({left['id']}).",
                "Nothing was changed.",
            )
    journal.prune(home)
    staging.prune(home)
    return recovered
