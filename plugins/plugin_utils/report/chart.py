# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The history as a chart: one point per run, evenly spaced, because runs come in bursts and then not for days."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import OPEN

MOST_RUNS = 60
LEFT, RIGHT, TOP, BOTTOM = 55, 985, 15, 185
SCORES = (0, 50, 100)


def chart(history):
    """Return what the page draws: ``points``, the ``path`` through them, ``lines``; None for less than two runs."""
    runs = list(history)[-MOST_RUNS:]
    if len(runs) < 2:
        return None
    points = [
        {
            "x": round(LEFT + (RIGHT - LEFT) * number / (len(runs) - 1)),
            "y": _height(run["summary"]["score"]),
            "score": run["summary"]["score"],
            "open": sum(run["summary"].get(status, 0) for status in OPEN),
            "mode": run["mode"],
            "finished": run["finished"],
        }
        for number, run in enumerate(runs)
    ]
    return {
        "points": points,
        "path": " ".join(f"{each['x']},{each['y']}" for each in points),
        "lines": [(score, _height(score)) for score in SCORES],
    }


def _height(score):
    return round(BOTTOM - (BOTTOM - TOP) * score / 100)
