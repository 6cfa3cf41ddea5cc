# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is different between two reports of one home."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import OPEN
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.scope import entries_in_scope, is_whole

# (was open, is open)
_KINDS = {(True, False): "closed", (False, True): "opened", (True, True): "moved"}


def compare(before, after):
    """Return the score's change and the entries whose status is another one, each with the old and the new.

    ``moved`` is open as before, but otherwise. What only one of the reports has was, or is, ``absent``; it counts as
    opened where it is open now, and as closed where it was. A partial report is compared in what its run was to look
    at, and its score not at all.
    """
    old, new = ({(each["id"], each["host"]): each for each in entries_in_scope(report)} for report in (before, after))
    whole = is_whole(after)
    old = old if whole else {place: old[place] for place in new if place in old}
    changes = {"closed": [], "opened": [], "moved": []}
    for place in [*new, *(place for place in old if place not in new)]:
        was, now = (found[place]["status"] if place in found else "absent" for found in (old, new))
        kind = _KINDS.get((was in OPEN, now in OPEN))
        if was != now and kind:
            title = (new.get(place) or old[place])["title"]
            changes[kind].append({"id": place[0], "host": place[1], "title": title, "was": was, "is": now})
    return {"score": after["summary"]["score"] - before["summary"]["score"] if whole else None, **changes}
