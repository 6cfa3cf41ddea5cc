# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is different between two reports of one home."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import OPEN


def compare(before, after):
    """Return the score's change and the entries that closed, opened, or came and went, each with its old status."""
    old = {(each["id"], each["host"]): each["status"] for each in before["controls"]}
    closed, opened = [], []
    for each in after["controls"]:
        was = old.get((each["id"], each["host"]))
        if was is None:
            continue
        change = {"id": each["id"], "host": each["host"], "title": each["title"], "was": was, "is": each["status"]}
        if was in OPEN and each["status"] not in OPEN:
            closed.append(change)
        elif was not in OPEN and each["status"] in OPEN:
            opened.append(change)
    return {
        "score": after["summary"]["score"] - before["summary"]["score"],
        "closed": closed,
        "opened": opened,
    }
