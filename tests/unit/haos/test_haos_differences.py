# SPDX-License-Identifier: GPL-3.0-or-later
"""The same home answers for the same controls in a container and on Home Assistant OS, but for what is written."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hearthwall.home.plugins.module_utils.controls.catalogue import answering
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue
from ansible_collections.hearthwall.home.plugins.plugin_utils.haos import differences
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import expected_pairs

CATALOGUE = load_catalogue()
PAGE = (Path(__file__).parents[3] / "docs/home_assistant_os.md").read_text(encoding="utf-8")


def controls(groups):
    return {control for control, _host in expected_pairs(CATALOGUE, {"ha": answering(groups)})}


def test_both_answer_for_the_same_controls_but_for_those_of_the_supervisor():
    extra = controls({"haos"}) - controls({"home_assistant"})
    assert controls({"home_assistant"}) <= controls({"haos"})
    assert extra == {name for name, control in CATALOGUE.items() if control["role"] == "apps"}


def test_every_difference_is_on_the_page():
    differing = {name for name, control in CATALOGUE.items() if control.get("haos") or control.get("haos_by")}
    differing |= controls({"haos"}) - controls({"home_assistant"})
    assert {name for name in CATALOGUE if f"[{name}]" in PAGE} == differing


def test_what_does_not_apply_is_said_with_its_reason_and_by_nobody_else():
    unfit = {spoken["id"]: spoken for spoken in differences.not_applicable()}
    assert unfit and all(spoken["status"] == "not_applicable" and spoken["actual"] for spoken in unfit.values())
    assert differences.applicable(unfit.values()) == []
    assert all(CATALOGUE[name]["applies_to"] == "home_assistant" for name in unfit)
