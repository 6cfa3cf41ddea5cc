# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.profiles import (
    FAIL_ON,
    PROFILES,
    profile_of,
    split,
)
from ansible_collections.hearthwall.home.plugins.module_utils.controls.severity import SEVERITIES
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue


@pytest.mark.parametrize(("severity", "profile"), zip(SEVERITIES, ("essential", "essential", "standard", "standard")))
def test_severity_decides_where_the_catalogue_does_not(severity, profile):
    assert profile_of(severity) == profile


def test_each_profile_holds_those_before_it():
    catalogue = {name: {"profile": name} for name in PROFILES}
    assert [set(split(catalogue, name)[0]) for name in PROFILES] == [set(PROFILES[: n + 1]) for n in range(3)]
    assert set(split(catalogue, "standard")[1]) == {"fortress"}


def test_every_profile_has_controls_and_a_threshold():
    sizes = [len(split(load_catalogue(), name)[0]) for name in PROFILES]
    assert sizes == sorted(sizes) and sizes[0] > 0
    assert set(FAIL_ON.values()) <= set(SEVERITIES)
