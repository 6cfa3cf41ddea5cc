# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage of real instances (their secrets replaced, their passwords hashed cheaply), to be copied and bent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.ha import install
from ansible_collections.hearthwall.home.plugins.module_utils.ha.look import look

STORAGE = Path(__file__).parent / "storage"
RELEASES = ("2026.11.0", "2026.2.3")


class Instance:
    """A configuration directory of our own."""

    def __init__(self, path):
        self.path = path

    def storage(self, key):
        return json.loads((self.path / ".storage" / key).read_text())

    def write(self, key, envelope):
        (self.path / ".storage" / key).write_text(json.dumps(envelope))

    def configure(self, text):
        (self.path / "configuration.yaml").write_text(text)

    def look(self, budget=None, **parameters):
        """Look at all but the passwords: hundreds of hashes, for the tests that speak of them."""
        given = {"config_dir": str(self.path), "state_dir": str(self.path / "state"), "password_budget": 0}
        return look({**given, "check_mode": False, **parameters}, budget)

    def look_at_passwords(self, budget=None, **parameters):
        return self.look(budget, password_budget=30, **parameters)


@pytest.fixture(params=RELEASES)
def instance(request, tmp_path, monkeypatch):
    monkeypatch.setattr(install, "processes", list)
    monkeypatch.setattr(install, "known_unit", lambda unit: unit)
    shutil.copytree(STORAGE / request.param, tmp_path / "config")
    made = Instance(tmp_path / "config")
    made.release = request.param
    made.configure("homeassistant:\n  name: Home\nconfig:\n")
    return made


@pytest.fixture
def ha(instance):
    value, unknown = instance.look()
    assert unknown == {}
    return value
