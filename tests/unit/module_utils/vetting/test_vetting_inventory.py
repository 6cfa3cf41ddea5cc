# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking stock of a configuration directory, its stores and the installed package."""

from __future__ import annotations

import json
import os

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.vetting import (
    core_package,
    inventory,
    marketplace,
    quarantine,
)

LOADER = """
class BlockedIntegration: ...
BLOCKED_CUSTOM_INTEGRATIONS: dict[str, BlockedIntegration] = {
    # Added in 2024.3.0
    "start_time": BlockedIntegration(AwesomeVersion("1.1.7"), "breaks Home Assistant"),
    "hacs": BlockedIntegration(
        None,
        "is now built in",
        replaced_by="marketplace",
    ),
}
type newer = syntax than this one[
"""


@pytest.fixture()
def config(tmp_path):
    config = tmp_path / "config"
    files = {
        "custom_components/__init__.py": "",
        "custom_components/door/manifest.json": '{"domain": "door", "version": "1.0"}',
        "custom_components/door/__init__.py": "x = 1",
        "custom_components/broken/__init__.py": "",
        "custom_components/broken/manifest.json": "{",
        "www/photo.jpg": "no code",
        "www/card.js": "1",
        "www/community/button/button.js": "1",
        "blueprints/automation/homeassistant/motion.yaml": "a: 1\n",
        "blueprints/automation/somebody/light.yaml": "b: 2\n",
        "pyscript/wake.py": "1",
        "python_scripts/old.py": "1",
        "appdaemon/apps/hello/hello.py": "1",
        "websockets.py": "imported instead of the library",
        "notes.txt": "",
        ".storage/lovelace_resources": json.dumps(
            {"data": {"items": [{"url": "/local/card.js"}, {"url": "https://cdn.example/x.js"}]}}
        ),
    }
    for name, text in files.items():
        path = config / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return config


@pytest.fixture()
def package(tmp_path):
    folder = tmp_path / "homeassistant"
    (folder / "components/sun").mkdir(parents=True)
    (folder / "components/sun/manifest.json").write_text("{}")
    (folder / "components/automation/blueprints").mkdir(parents=True)
    (folder / "components/automation/blueprints/motion.yaml").write_text("a: 1\n")
    (folder / "loader.py").write_text(LOADER)
    return str(folder)


def names(items):
    return [found["name"] for found in items]


def test_everything_that_runs_is_found(config, package):
    root = str(config)
    assert names(inventory.integrations(root)) == ["broken", "door"]
    assert inventory.integrations(root)[1]["version"] == "1.0"
    assert names(inventory.frontend(root)) == ["card.js", "community/button"]
    assert names(inventory.blueprints(root, package)) == ["automation/somebody/light.yaml"]
    assert names(inventory.scripts(root)) == ["pyscript/wake.py", "python_scripts/old.py", "appdaemon/apps/hello"]
    assert names(inventory.modules(root)) == ["websockets.py"]


def test_code_among_the_integrations_is_found_too(config):
    (config / "custom_components/__init__.py").write_text("import os")
    assert "__init__.py" in names(inventory.integrations(str(config)))


def test_a_shipped_blueprint_that_was_changed_is_no_longer_one(config, package):
    (config / "blueprints/automation/homeassistant/motion.yaml").write_text("a: 2\n")
    assert len(inventory.blueprints(str(config), package)) == 2


def test_commands_and_remote_modules_are_read_from_the_configuration(config):
    settings = {
        "shell_command": {"backup": "cp a b"},
        "command_line": [{"sensor": {"name": "Load", "command": "uptime"}}],
        "sensor": [{"platform": "command_line", "name": "Old", "command": "x"}, {"platform": "template"}],
        "homeassistant": {"packages": {"p": {"rest_command": {"call": {"url": "http://x"}}}}},
        "frontend": {"extra_module_url": ["/hacsfiles/a.js", "https://other.example/a.js", "//third.example/a.js"]},
    }
    found = {each["name"]: each["sha256"] for each in inventory.commands(settings)}
    assert set(found) == {
        "shell_command.backup",
        "command_line.sensor.Load",
        "command_line.sensor.Old",
        "rest_command.call",
    }
    settings["shell_command"]["backup"] = "cp a b; curl x"
    assert {each["name"]: each["sha256"] for each in inventory.commands(settings)} != found
    urls = names(inventory.remote_modules(str(config), settings))
    assert urls == ["//third.example/a.js", "https://cdn.example/x.js", "https://other.example/a.js"]


def test_what_home_assistant_itself_thinks(package):
    assert core_package.has_component(package, "sun") and not core_package.has_component(package, "door")
    table = core_package.blocked(package)
    assert "breaks" in core_package.is_blocked(table, "start_time", "1.1.6")
    assert core_package.is_blocked(table, "start_time", "1.1.7") is None
    assert core_package.is_blocked(table, "start_time", "1.10.0") is None
    assert core_package.is_blocked(table, "hacs", "9.9") and core_package.is_blocked(table, "door", "1") is None


def store(config, key, data):
    (config / f".storage/{key}").write_text(json.dumps({"version": "6", "key": key, "data": data}))


def test_what_is_blocked_critical_or_removed_is_found(config):
    store(
        config,
        "hacs.repositories",
        {
            "1": {
                "full_name": "a/door",
                "category": "integration",
                "domain": "door",
                "installed": True,
                "version_installed": "1.0",
                "last_updated": "2026-01-02T03:04:05Z",
            },
            "2": {"full_name": "a/button", "category": "plugin", "installed": True, "last_updated": 1760000000},
            "3": {"full_name": "a/never", "category": "integration", "domain": "never"},
        },
    )
    store(config, "hacs.critical", [{"repository": "a/door", "reason": "steals", "link": ""}])
    store(config, "repairs.issue_registry", {"issues": [{"domain": "hacs", "issue_id": "removed_2"}]})
    found = marketplace.records(str(config))
    door = marketplace.record_of(found, "integrations", "door")
    assert door["critical"] == "steals" and door["updated"] == "2026-01-02" and door["source"].endswith("a/door")
    button = marketplace.record_of(found, "frontend", "community/button")
    assert button["removed"] and button["updated"] == "2025-10-09"
    assert len(found) == 2
    # The marketplace takes HACS's data over, and then its own word counts.
    store(config, "marketplace.repositories", {"1": {"full_name": "a/new", "installed": True, "archived": True}})
    assert [record["repository"] for record in marketplace.records(str(config))] == ["a/new"]


def test_a_damaged_store_is_unknown_not_empty(config):
    (config / ".storage/hacs.repositories").write_text("{")
    with pytest.raises(marketplace.Unreadable):
        marketplace.records(str(config))


def test_quarantine_and_back_leaves_the_same_tree(config, tmp_path):
    path = config / "custom_components/door"
    (path / "link").symlink_to("__init__.py")
    os.chmod(path / "__init__.py", 0o640)
    before = sorted((p.name, p.lstat().st_mode, p.lstat().st_mtime_ns) for p in path.rglob("*") if not p.is_symlink())
    folder = str(tmp_path / "quarantine")
    item = inventory.integrations(str(config))[1]
    moved = quarantine.move_aside(item, {"changed"}, folder)
    assert not path.exists() and [each["id"] for each in quarantine.records(folder)] == [moved["id"]]
    assert os.stat(folder).st_mode & 0o777 == 0o700
    quarantine.put_back(moved["id"], folder)
    after = sorted((p.name, p.lstat().st_mode, p.lstat().st_mtime_ns) for p in path.rglob("*") if not p.is_symlink())
    assert after == before and os.readlink(path / "link") == "__init__.py" and quarantine.records(folder) == []


def test_nothing_is_put_back_over_something_else(config, tmp_path):
    folder = str(tmp_path / "quarantine")
    moved = quarantine.move_aside(inventory.integrations(str(config))[1], {"changed"}, folder)
    (config / "custom_components/door").mkdir()
    with pytest.raises(quarantine.Refused, match="something else"):
        quarantine.put_back(moved["id"], folder)
    assert quarantine.records(folder)
