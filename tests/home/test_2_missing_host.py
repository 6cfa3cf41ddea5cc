# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that cannot be reached may be the one that carries the new way in: until it is back, no old way is closed."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def unreachable(lab):
    """The soft home, of which Home Assistant's host answers nobody's SSH, connections that stand included."""
    lab.on("ha", "systemctl", "stop", "ssh.socket", "ssh.service").ok()
    lab.on("ha", "pkill", "sshd")
    try:
        yield lab
    finally:
        lab.on("ha", "systemctl", "start", "ssh.service").ok()


def test_old_ways_stay_open_while_a_host_is_missing(unreachable):
    lab = unreachable
    before = lab.on("router", "nft", "list", "ruleset").ok().out
    assert "dnat" in before
    run = lab.playbook("site.yml", "--tags", "exposure,segmentation")
    assert "ha failed or could not be reached in this run" in run.text
    assert "--limit 'all:!ha'" in run.text
    assert lab.on("router", "nft", "list", "ruleset").ok().out == before


def test_the_dry_run_looks_at_what_is_left(unreachable):
    """Nothing can be cut off by a look: the router's open ways are told, and that Home Assistant's were not seen."""
    unreachable.playbook("check.yml", "--tags", "exposure,segmentation")
    found = {(entry["id"], entry["host"]): entry["status"] for entry in unreachable.report()["controls"]}
    assert found["HW-WAY-01", "gateway"] == "fail"
    assert found["HW-WAY-05", "ha"] == "unknown"
