# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.backup import exchange, restic


class Repository:
    """Keys as restic keeps them: {name: passphrase}."""

    def __init__(self, **keys):
        self.keys = keys
        self.cut_short = ()

    def opened(self, password_file):
        return Opened(self, Path(password_file).read_text().strip())


class Opened:
    def __init__(self, repository, passphrase):
        self._repository = repository
        self._passphrase = passphrase

    def lines(self, *_arguments):
        self._open()
        return [[{"id": name, "current": each == self._passphrase} for name, each in self._repository.keys.items()]]

    def run(self, _key, what, *given):
        self._open()
        if what in self._repository.cut_short:
            raise restic.ResticError("cut short")
        if what == "add":
            self._repository.keys[f"key{len(self._repository.keys)}"] = Path(given[-1]).read_text().strip()
        else:
            assert self._repository.keys.pop(given[0]) != self._passphrase

    def _open(self):
        if self._passphrase not in self._repository.keys.values():
            raise restic.ResticError("wrong password", restic.WRONG_PASSWORD)


@pytest.fixture
def present(tmp_path):
    path = tmp_path / "passphrase"
    path.write_text("new\n")
    return str(path)


def step(repository, present, former=("older", "old")):
    """Do what one copy does: get in, then take the former ones out."""
    change = exchange.Exchange(repository.opened, present, former)
    if "new" not in repository.keys.values() and not change.admit():
        return False
    change.retire()
    return True


def test_the_new_one_comes_in_by_the_former_one_which_then_goes(present):
    repository = Repository(key0="old", owners="of the owner's own")
    assert step(repository, present)
    assert set(repository.keys.values()) == {"new", "of the owner's own"}
    again = dict(repository.keys)
    assert step(repository, present) and repository.keys == again


@pytest.mark.parametrize("where", ["add", "remove"])
def test_cut_short_it_is_finished_by_the_next_copy(present, where):
    repository = Repository(key0="old")
    repository.cut_short = (where,)
    with pytest.raises(restic.ResticError):
        step(repository, present)
    assert "old" in repository.keys.values()
    repository.cut_short = ()
    assert step(repository, present)
    assert set(repository.keys.values()) == {"new"}


def test_a_repository_that_none_of_ours_opens_is_left_alone(present):
    repository = Repository(key0="somebody's")
    assert not step(repository, present)
    assert repository.keys == {"key0": "somebody's"}


def test_without_former_ones_there_is_nothing_to_do(present):
    repository = Repository(key0="new", owners="of the owner's own")
    assert step(repository, present, former=())
    assert len(repository.keys) == 2
