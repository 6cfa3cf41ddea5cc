# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.backup import settings

WANTED = {
    "recurrence": "daily",
    "days": [],
    "time": "04:45",
    "database": True,
    "folders": [],
    "copies": 3,
    "keep_days": None,
    "agents": ["backup.local"],
}
# As release 2026.11.0 writes it.
STORED = {
    "backups": [],
    "config": {
        "agents": {"backup.local": {"protected": True, "retention": None}},
        "automatic_backups_configured": True,
        "create_backup": {
            "agent_ids": ["backup.local"],
            "include_addons": None,
            "include_all_addons": False,
            "include_database": True,
            "include_folders": None,
            "name": None,
            "password": "long",
        },
        "last_attempted_automatic_backup": None,
        "last_completed_automatic_backup": None,
        "retention": {"copies": 3, "days": None},
        "schedule": {"days": [], "recurrence": "daily", "time": "04:45:00"},
    },
}


def test_what_was_declared_does_not_differ():
    assert settings.differing(settings.stored(STORED), WANTED) == []


def test_a_fresh_instance_differs():
    assert set(settings.differing(settings.stored(None), WANTED)) == {"recurrence", "time", "copies", "agents"}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"time": None}, "time"),
        ({"copies": None}, "copies"),
        ({"database": False}, "database"),
        ({"agents": []}, "agents"),
        ({"unprotected": ["cloud.cloud"]}, "unprotected"),
    ],
)
def test_each_drift_is_named(change, name):
    assert settings.differing({**settings.stored(STORED), **change}, WANTED) == [name]


def test_more_agents_are_the_owners_affair_and_stay():
    present = {**settings.stored(STORED), "agents": ["backup.local", "cloud.cloud"], "unprotected": ["cloud.cloud"]}
    order = settings.command(present, WANTED, "new")
    assert order["create_backup"]["agent_ids"] == ["backup.local", "cloud.cloud"]
    assert order["agents"] == {"cloud.cloud": {"protected": True}}
    assert order["schedule"] == {"recurrence": "daily", "days": [], "time": "04:45:00"}
