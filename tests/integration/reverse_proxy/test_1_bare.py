# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare host: a dry run and a failed first order leave it as it is."""

from __future__ import annotations

from .door_stage import DOOR, NAME, changed


def test_a_dry_run_on_a_bare_host_says_all_and_changes_nothing(stage):
    with stage.unchanged():
        done = stage.applied("--check", "--diff")
    assert changed(done) == 1
    found = {control: verdict["status"] for control, verdict in stage.verdicts(done).items()}
    assert found["HW-PROXY-01"] == found["HW-TLS-01"] == found["HW-TLS-02"] == found["HW-TLS-04"] == "fail"
    assert "pass" not in found.values()
    assert "+    ssl_reject_handshake on;" in done.stdout


def test_a_first_order_that_fails_leaves_the_host_bare(stage):
    """The authority does not know the name's address: nothing half-done stays."""
    stage.dns("clear-a", host=NAME)
    stage.dns("add-a", host=NAME, addresses=["10.77.0.99"])
    try:
        done = stage.apply()
    finally:
        stage.dns("clear-a", host=NAME)
        stage.dns("add-a", host=NAME, addresses=[DOOR])
    assert done.returncode == 2
    assert NAME in done.stdout and "certbot" in done.stdout and "letsencrypt.log" in done.stdout
    assert "put back" in done.stdout
    assert stage.certificate() == ""
    assert not stage.on("door", "ls", "/etc/hearthwall/tls", check=False).stdout.strip()
