# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the scheduled dry run has looked at a home lately: read from the reports that it left."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import dated_copies, read

# Who started a run, as its report says it: `tool.started_by`. The drift watch sets the variable for its own runs.
STARTED_BY = "HEARTHWALL_STARTED_BY"
DRIFT = "drift"
CLOCKS_DIFFER = timedelta(minutes=5)


def newest(directory):
    """Return when the newest dry run of the drift watch had ended, or None where no report is left of one."""
    for path in reversed(dated_copies(directory)):
        document = read(path)
        if document and document["mode"] == "check" and document["tool"].get("started_by") == DRIFT:
            return datetime.fromisoformat(document["finished"].replace("Z", "+00:00"))
    return None


def judge(finished, hours, directory, now=None):
    """Return (status, what was found).

    That none is here does not mean that none runs, for another machine may keep them: unknown. An old one is a fail.
    """
    now = now or datetime.now(timezone.utc)
    if finished is None:
        return "unknown", f"no report of a scheduled dry run is in {directory} on this machine"
    age = now - finished
    words = f"the newest scheduled dry run ended at {finished:%Y-%m-%d %H:%M} UTC, {_hours(age)} ago"
    if age < -CLOCKS_DIFFER:
        return "unknown", f"the newest scheduled dry run ended at {finished:%Y-%m-%d %H:%M} UTC, which is yet to come"
    return ("fail" if age > timedelta(hours=hours) else "pass"), words


def _hours(age):
    return f"{max(age, timedelta(0)).total_seconds() / 3600:.1f} h"
