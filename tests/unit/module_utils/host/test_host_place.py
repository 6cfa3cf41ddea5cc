# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import stat

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.host import place

ROOT = os.geteuid() == 0


def put(path, data=b"x", mode=0o644):
    place.put_file(str(path), data, mode, os.geteuid(), os.getegid())


def test_a_file_is_replaced_whole(tmp_path):
    put(tmp_path / "a", b"one")
    first = os.stat(tmp_path / "a").st_ino
    put(tmp_path / "a", b"two", 0o600)
    assert (tmp_path / "a").read_bytes() == b"two"
    assert os.stat(tmp_path / "a").st_ino != first
    assert stat.S_IMODE(os.stat(tmp_path / "a").st_mode) == 0o600
    assert os.listdir(tmp_path) == ["a"]


def test_a_planted_link_at_the_end_is_replaced_not_followed(tmp_path):
    (tmp_path / "victim").write_text("safe")
    (tmp_path / "a").symlink_to("victim")
    put(tmp_path / "a")
    assert (tmp_path / "victim").read_text() == "safe"
    assert not (tmp_path / "a").is_symlink()


def test_a_link_on_the_way_is_refused_where_others_may_plant_it(tmp_path):
    # pytest's own folder lies below /tmp.
    (tmp_path / "real").mkdir()
    (tmp_path / "way").symlink_to("real")
    with pytest.raises(place.PlaceError, match="a link that others"):
        put(tmp_path / "way" / "a")


@pytest.mark.skipif(not os.path.islink("/bin"), reason="needs a merged /usr")
def test_a_link_on_the_way_is_followed_where_only_root_can_put_it():
    with place.directory("/bin") as descriptor:
        assert os.fstat(descriptor).st_ino == os.stat("/usr/bin").st_ino


@pytest.mark.skipif(not ROOT, reason="needs to give files away")
def test_a_link_planted_in_somebodys_directory_is_refused(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "way").symlink_to("/etc")
    os.lchown(tmp_path / "home", 12345, 12345)
    with pytest.raises(place.PlaceError, match="a link that others"):
        put(tmp_path / "home" / "way" / "a")


def test_a_directory_is_never_replaced(tmp_path):
    (tmp_path / "a").mkdir()
    for act in (lambda: put(tmp_path / "a"), lambda: place.put_link(str(tmp_path / "a"), "x")):
        with pytest.raises(place.PlaceError, match="is a directory"):
            act()


def test_nothing_is_left_when_the_swap_fails(tmp_path, monkeypatch):
    put(tmp_path / "a", b"one")
    monkeypatch.setattr(os, "rename", lambda *a, **k: (_ for _ in ()).throw(OSError("no")))
    with pytest.raises(OSError, match="no"):
        put(tmp_path / "a", b"two")
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"one"


def test_a_new_file_is_closed_until_it_has_its_owner(tmp_path, monkeypatch):
    seen = []
    real = os.fchmod
    monkeypatch.setattr(
        os, "fchmod", lambda fd, mode: (seen.append(stat.S_IMODE(os.fstat(fd).st_mode)), real(fd, mode))
    )
    put(tmp_path / "a", b"s", 0o600)
    assert seen == [0]


@pytest.mark.skipif(not ROOT, reason="needs to give files away")
def test_a_directory_changes_hands_closed(tmp_path, monkeypatch):
    (tmp_path / "d").mkdir(mode=0o777)
    (tmp_path / "d").chmod(0o777)
    seen = []
    real = os.fchown
    monkeypatch.setattr(
        os, "fchown", lambda fd, uid, gid: (seen.append(stat.S_IMODE(os.fstat(fd).st_mode)), real(fd, uid, gid))
    )
    place.put_directory(str(tmp_path / "d"), 0o750, 12345, 12345)
    assert seen == [0o750]


def test_states(tmp_path):
    put(tmp_path / "a", b"x", 0o640)
    (tmp_path / "l").symlink_to("a")
    (tmp_path / "d").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "p")
    assert place.state(str(tmp_path / "a"))["sha256"] == place.fingerprint(b"x")
    assert place.state(str(tmp_path / "a"))["mode"] == "0640"
    assert place.state(str(tmp_path / "l"))["target"] == "a"
    assert place.state(str(tmp_path / "d"))["type"] == "directory"
    assert place.state(str(tmp_path / "p"))["type"] == "other"
    assert place.state(str(tmp_path / "none"))["type"] == "absent"
    assert place.state(str(tmp_path / "a" / "below"))["type"] == "absent"


def test_a_secret_has_no_plain_fingerprint(tmp_path):
    put(tmp_path / "a", b"x")
    state = place.state(str(tmp_path / "a"), secret=True)
    assert state["sha256"] is None and state["size"] is None
    assert state["digest"] == place.fingerprint(b"x", state["salt"])
    assert state["digest"] != place.state(str(tmp_path / "a"), secret=True)["digest"]


def test_paths_are_whole():
    for path in ("a", "/", "/a/../b", "/a/"):
        with pytest.raises(place.PlaceError):
            place.split(path)
