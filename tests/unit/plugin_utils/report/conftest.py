# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import build_document
from report_samples import CATALOGUE, FINISHED, MEMBERS, STARTED


@pytest.fixture
def build():
    def build(*verdicts, **more):
        said = {}
        for host, each in verdicts:
            said.setdefault(host, {})[each["id"]] = each
        return build_document(
            **{
                "home": "lab",
                "mode": "check",
                "started": STARTED,
                "finished": FINISHED,
                "tool": {"hearthwall": "0.1.0", "ansible_core": "2.19.14"},
                "catalogue": CATALOGUE,
                "members": MEMBERS,
                "verdicts": said,
                "reason": lambda host, control: f"nobody looked at {host}",
                **more,
            }
        )

    return build


@pytest.fixture
def build_partial(build):
    """Return a report of a run with --limit ha."""

    def build_partial(*verdicts, **more):
        return build(*verdicts, left_out=lambda host, control: "" if host == "ha" else "--limit ha", **more)

    return build_partial


@pytest.fixture
def fail():
    return verdict("HW-MFA-01", "fail", "TOTP", "none", "seen")
