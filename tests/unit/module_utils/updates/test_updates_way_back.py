# SPDX-License-Identifier: GPL-3.0-or-later
"""The copy and the way back on a file system, with a unit that only notes what it is told."""

from __future__ import annotations

import errno
import io
import json
import os
import tarfile

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.updates import backup, releases, service, state, update


class Unit:
    """Stands in for systemd: what comes up is for the integration tests."""

    def __init__(self, text=None):
        self.text, self.said = text, []

    def drop_in(self):
        return self.text

    def put(self, text):
        self.text = text

    def stop(self):
        self.said.append("stop")

    def start(self):
        self.said.append("start")

    def await_answer(self, answers, seconds):
        return None


@pytest.fixture()
def config(tmp_path):
    config = tmp_path / "config"
    (config / ".storage").mkdir(parents=True)
    (config / ".storage/auth").write_text("accounts")
    (config / "configuration.yaml").write_text("sun:")
    (config / "link").symlink_to("configuration.yaml")
    (config / "backups").mkdir()
    (config / "backups/one.tar").write_text("kept where it is")
    os.chmod(config / ".storage/auth", 0o600)
    return config


@pytest.fixture()
def started(config, tmp_path, monkeypatch):
    monkeypatch.setattr(state, "FOLDER", str(tmp_path / "state"))
    order = {"config_dir": str(config), "unit": "ha.service", "base_url": "http://127.0.0.1:1"}
    order["release"] = {"version": "2026.11.0", "path": "/releases/2026.11.0", "kind": "root"}
    return update.Update(order, None, service=Unit("runs 2026.2.3"))


def seen(config):
    return {
        str(path.relative_to(config)): (path.lstat().st_mode, path.read_text() if path.is_file() else None)
        for path in sorted(config.rglob("*"))
    }


def test_whatever_the_new_release_does_is_undone(started, config):
    before = seen(config)
    started._switch("2026.2.3", "runs 2026.11.0")
    assert started.service.text == "runs 2026.11.0" and started.book["phase"] == "switched"
    assert not os.path.exists(os.path.join(started.folder, "config/backups"))
    (config / ".storage/auth").write_text("migrated")
    (config / "new.yaml").write_text("left behind")
    (config / "link").unlink()
    assert "Everything is as it was" in started.back()
    assert seen(config) == before and started.service.text == "runs 2026.2.3"
    assert started.service.said == ["stop", "start", "stop", "start"] and state.unfinished() == []


def test_a_disk_that_fills_up_while_copying_loses_nothing(started, config, monkeypatch):
    before = seen(config)

    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(update, "copy_entries", full)
        with pytest.raises(OSError, match="No space"):
            started._switch("2026.2.3", "runs 2026.11.0")
        assert "Everything is as it was" in started.back()
    assert seen(config) == before and started.service.text == "runs 2026.2.3"


def test_a_way_back_that_is_cut_short_can_be_gone_again(started, config, monkeypatch):
    before = seen(config)
    started._switch("2026.2.3", "runs 2026.11.0")
    (config / "configuration.yaml").write_text("broken:")

    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(update, "copy_entries", full)
        assert "cut short" in started.back()
    (left,) = state.unfinished()
    assert left["phase"] == "restoring"
    again = update.Update(started.order, None, started.folder, Unit("runs 2026.11.0"))
    again.book = state.read(os.path.join(started.folder, state.BOOK))
    assert "Everything is as it was" in again.back()
    assert seen(config) == before and again.service.text == "runs 2026.2.3"


def test_too_little_space_is_said_before_anything_is_touched(started, monkeypatch):
    monkeypatch.setattr(update, "MARGIN", 1 << 60)
    with pytest.raises(HomeAssistantError, match="free are"):
        started._check_space()
    assert started.service.said == []


def test_only_the_newest_copies_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(state, "FOLDER", str(tmp_path))
    for number, phase in enumerate(("done", "back", "done", "switched", "done")):
        state.write(str(tmp_path / str(number) / state.BOOK), {"phase": phase})
    state.prune(2)
    assert sorted(os.listdir(tmp_path)) == ["2", "3", "4"]


def tree(folder, version="2026.11.0", place="opt/homeassistant/lib/python3.14/site-packages"):
    package = folder / place / "homeassistant"
    package.mkdir(parents=True)
    year, month, patch = version.split(".")
    (package / "const.py").write_text(
        f'MAJOR_VERSION: Final = {year}\nMINOR_VERSION: Final = {month}\nPATCH_VERSION: Final = "{patch}"\n'
    )


def test_releases_say_themselves_what_they_are(tmp_path):
    tree(tmp_path / "a", "2026.11.0")
    tree(tmp_path / "b", "2026.12.1", "lib/python3.14/site-packages")
    (tmp_path / "b/pyvenv.cfg").write_text("")
    (tmp_path / "empty").mkdir()
    found = [(each["version"], each["kind"]) for each in releases.found(str(tmp_path))]
    assert found == [("2026.11.0", "root"), ("2026.12.1", "venv")]
    assert releases.found(str(tmp_path / "nowhere")) is None


def test_the_drop_in_names_the_release(tmp_path, monkeypatch):
    unit = service.Service("ha.service", str(tmp_path))
    release = {"kind": "root", "path": "/releases/2026.11.0"}
    assert unit.text_for(release).endswith("RootDirectory=/releases/2026.11.0\n")
    shown = "{ path=/opt/ha/bin/hass ; argv[]=/opt/ha/bin/hass --config /config ; ignore_errors=no }"
    monkeypatch.setattr(service, "show", lambda *_: {"ExecStart": shown})
    text = unit.text_for({"kind": "venv", "path": "/releases/2026.12.1"})
    assert text.endswith("ExecStart=\nExecStart=/releases/2026.12.1/bin/hass --config /config\n")


def test_a_unit_with_a_root_of_its_own_gets_no_virtual_environment(tmp_path, monkeypatch):
    shown = {"ExecStart": "{ argv[]=/opt/ha/bin/hass ; }", "RootDirectory": "/srv/root"}
    monkeypatch.setattr(service, "show", lambda *_: shown)
    with pytest.raises(service.UnitError, match="does not start"):
        service.Service("ha.service", str(tmp_path)).text_for({"kind": "venv", "path": "/releases/2026.12.1"})


def archive(path, identity="abc", members=backup.MEMBERS, cut=0):
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as tar:
        for name in members:
            about = tarfile.TarInfo(name)
            about.size = 4000
            tar.addfile(about, io.BytesIO(os.urandom(4000)))
    data = inner.getvalue()[: len(inner.getvalue()) - cut]
    with tarfile.open(path, "w:") as outer:
        for name, content in (
            ("./backup.json", json.dumps({"slug": identity}).encode()),
            ("./homeassistant.tar.gz", data),
        ):
            about = tarfile.TarInfo(name)
            about.size = len(content)
            outer.addfile(about, io.BytesIO(content))


def test_a_backup_is_read_to_its_end(tmp_path):
    archive(tmp_path / "abc.tar")
    assert backup.prove(str(tmp_path), "abc", False)["path"].endswith("abc.tar")


@pytest.mark.parametrize("broken", [{"cut": 2000}, {"members": ("data/configuration.yaml",)}])
def test_a_backup_that_does_not_hold_is_not_relied_on(tmp_path, broken):
    archive(tmp_path / "abc.tar", **broken)
    with pytest.raises(HomeAssistantError):
        backup.prove(str(tmp_path), "abc", False)


def test_another_backup_is_not_taken_for_it(tmp_path):
    archive(tmp_path / "other.tar", "other")
    with pytest.raises(HomeAssistantError, match="is not in"):
        backup.prove(str(tmp_path), "abc", False)
