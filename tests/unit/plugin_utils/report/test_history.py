# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.report import page
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.chart import MOST_RUNS, chart
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.history import FILE, history, remember
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import dated_copies, store


def stored(directory, build, hours):
    for hour in hours:
        store(directory, {**build(), "finished": f"2026-11-23T{hour:02}:00:00Z"})


def test_the_history_outlives_its_copies(tmp_path, build):
    stored(tmp_path, build, range(5))
    remember(tmp_path, keep=2)
    assert [path.name[9:11] for path in dated_copies(tmp_path)] == ["03", "04"]
    stored(tmp_path, build, (5,))
    assert [each["finished"][11:13] for each in history(tmp_path)] == ["00", "01", "02", "03", "04", "05"]


def test_a_broken_memory_is_read_anew(tmp_path, build):
    stored(tmp_path, build, range(3))
    for text in ("{broken", "[]", '{"x": 5}', '{"x": {"finished": 1}}'):
        (tmp_path / FILE).write_text(text)
        assert len(history(tmp_path)) == 3


def test_one_run_makes_no_line(build):
    run = {"finished": "2026-11-23T00:00:00Z", "mode": "check", "summary": build()["summary"]}
    assert chart([run]) is None
    drawn = chart([run] * 500)
    assert len(drawn["points"]) == MOST_RUNS and drawn["points"][0]["x"] < drawn["points"][-1]["x"] <= 1000
    text = page.render(build(), history=[run, {**run, "mode": "apply"}])
    assert text.count("<circle") == 2 and "<polyline" in text
