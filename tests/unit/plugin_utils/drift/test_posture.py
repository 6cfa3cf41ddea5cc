# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.drift.posture import entities, news


def report(score, finished="2026-11-23T00:00:00Z", **statuses):
    controls = [
        {"id": identifier, "host": "ha", "title": "T", "status": status, "severity": "high", "row": "1", "role": "r"}
        for identifier, status in statuses.items()
    ]
    return {"home": "lab", "finished": finished, "summary": {"score": score}, "controls": controls}


def test_no_news_is_silence():
    assert news(None, report(10, A="fail")) is None
    assert news(report(10, A="fail", B="pass"), report(10, "2026-11-24T00:00:00Z", A="fail", B="pass")) is None


def test_a_changed_posture_is_told_worse_before_better():
    title, text = news(report(50, A="fail", B="pass", C="unknown"), report(40, A="pass", B="fail", C="fail"))
    assert title == "The posture of lab changed: 50 → 40 of 100"
    assert [line.split(":")[0] for line in text.splitlines()] == ["Open now", "Still open, but otherwise", "Closed"]


def test_what_home_assistant_shows():
    shown = entities(report(40, A="fail", B="pass"))
    assert [state for state, _attributes in shown.values()] == [40, 1, "2026-11-23T00:00:00Z"]
    assert shown["sensor.hearthwall_open_findings"][1]["findings"] == ["high: A on ha: T"]
