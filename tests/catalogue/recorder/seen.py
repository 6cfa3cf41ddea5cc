# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback that writes down what the roles of this clone said of which control, and which test had them say it.

One line of JSON for each verdict, one file for each run, in the directory that HEARTHWALL_SEEN names. A run with
another collection than this clone's, as where tests put a stand-in there, says nothing.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from ansible.plugins.callback import CallbackBase
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import ROOT

CLONE = Path(__file__).resolve().parents[3]


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "seen"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._ours = Path(ROOT).resolve() == CLONE
        self._aside = False
        self._seen = []

    def v2_playbook_on_play_start(self, play):
        self._aside = play.get_vars().get("hearthwall_report") is False  # a rehearsal judges nothing

    def v2_runner_on_ok(self, result):
        self._hear(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._hear(result)

    def _hear(self, result):
        data = result.result if hasattr(result, "result") else result._result
        items = data.get("results")
        for each in [data, *(items if isinstance(items, list) else ())]:
            if isinstance(each, dict) and not self._aside:
                self._seen += [(verdict["id"], verdict["status"]) for verdict in each.get("hearthwall_verdicts") or ()]

    def v2_playbook_on_stats(self, stats):
        if not self._ours or not self._seen:
            return
        folder = Path(os.environ["HEARTHWALL_SEEN"])
        folder.mkdir(parents=True, exist_ok=True)
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        lines = [
            json.dumps({"control": each[0], "status": each[1], "test": test}) for each in dict.fromkeys(self._seen)
        ]
        (folder / f"{os.getpid()}-{os.urandom(4).hex()}.jsonl").write_text("\n".join(lines) + "\n")
