# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What there is to tell of two dry runs of one home: nothing, unless the posture changed. Pure."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.changes import compare
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.findings import open_findings

MOST_NAMED = 10
WORDS = {"opened": "Open now", "moved": "Still open, but otherwise", "closed": "Closed"}


def news(before, after):
    """Return (title, text) of what changed between two reports; None where nothing did."""
    if before is None:
        return None
    changes = compare(before, after)
    lines = []
    for kind, words in WORDS.items():
        for each in changes[kind][:MOST_NAMED]:
            lines.append(f"{words}: {each['id']} on {each['host']}: {each['title']} ({each['was']} → {each['is']})")
        if len(changes[kind]) > MOST_NAMED:
            lines.append(f"{words}: {len(changes[kind]) - MOST_NAMED} more")
    if not lines:
        return None
    scores = f"{before['summary']['score']} → {after['summary']['score']}"
    return f"The posture of {after['home']} changed: {scores} of 100", "\n".join(lines)


def entities(document):
    """Return {entity id: (state, attributes)} as Home Assistant shows them."""
    found = open_findings(document)
    named = [f"{each['severity']}: {each['id']} on {each['host']}: {each['title']}" for each in found[:MOST_NAMED]]
    icons = {"score": "mdi:shield-home", "open": "mdi:shield-alert", "run": "mdi:clock-check"}
    return {
        "sensor.hearthwall_score": (
            document["summary"]["score"],
            {"friendly_name": "Hearthwall score", "unit_of_measurement": "%", "icon": icons["score"]},
        ),
        "sensor.hearthwall_open_findings": (
            len(found),
            {"friendly_name": "Hearthwall open findings", "icon": icons["open"], "findings": named},
        ),
        "sensor.hearthwall_last_run": (
            document["finished"],
            {"friendly_name": "Hearthwall last run", "device_class": "timestamp", "icon": icons["run"]},
        ),
    }
