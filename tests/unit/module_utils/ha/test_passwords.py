# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.ha import bcrypt_host, passwords


@pytest.fixture
def guesses(monkeypatch):
    """A slow matcher for which the password of an account is what its hash says; records what was tried."""
    tried = []

    def matches(password, hashed):
        tried.append((hashed, password.decode()))
        time.sleep(0.002)
        return password == hashed

    monkeypatch.setattr(bcrypt_host, "matcher", lambda: matches)
    monkeypatch.setattr(passwords, "decode", lambda stored: stored.encode() if stored != "broken" else None)
    return tried


def account(username, password, name=None):
    return {"username": username, "name": name or username, "hash": password}


def test_found_by_kind(guesses, tmp_path):
    found = passwords.audit(
        [account("a", "123456"), account("anna", "Anna123", "Anna Meyer"), account("c", "xkcd-936-staple")],
        30,
        directory=tmp_path,
    )
    assert [found[name]["verdict"] for name in ("a", "anna", "c")] == ["common", "common", "not_common"]


def test_the_budget_is_kept_and_spent_evenly(guesses, tmp_path):
    people = [account(name, f"strong-{name}") for name in "abcd"]
    started = time.monotonic()
    found = passwords.audit(people, 0.1, directory=tmp_path, write=True)
    assert time.monotonic() - started < 0.6
    counts = [found[name]["tested"] for name in "abcd"]
    assert min(counts) > 0 and max(counts) - min(counts) <= 2 and max(counts) < found["a"]["of"]


def test_it_goes_on_where_it_stopped(guesses, tmp_path):
    people = [account("a", "strong")]
    first = passwords.audit(people, 0.05, directory=tmp_path, write=True)["a"]["tested"]
    guesses.clear()
    found = passwords.audit(people, 30, directory=tmp_path, write=True)["a"]
    assert found["tested"] == found["of"]
    assert len(guesses) == found["of"] - first


def test_without_a_budget_nothing_is_tested(guesses, tmp_path):
    assert passwords.audit([account("a", "x")], 0, directory=tmp_path)["a"]["verdict"] == "not_tested"
    assert guesses == []


def test_a_new_list_is_tried_on_old_hashes(guesses, tmp_path, monkeypatch):
    passwords.audit([account("a", "strong"), account("b", "")], 30, directory=tmp_path, write=True)
    monkeypatch.setattr(passwords, "VERSION", "later")
    found = passwords.audit([account("a", "strong"), account("b", "")], 0, directory=tmp_path)
    assert (found["a"]["tested"], found["b"]["verdict"]) == (0, "empty")


@pytest.mark.parametrize(
    ("held", "verdict", "length"),
    [
        ("long-and-rare-enough", "not_common", "enough"),
        ("rare", "not_common", "short"),
        ("iloveyou", "common", "short"),
        ("", "empty", "short"),
    ],
)
def test_a_held_password_tells_everything_with_one_guess(guesses, tmp_path, held, verdict, length):
    found = passwords.audit([account("a", held)], 30, directory=tmp_path, known={"a": held})["a"]
    assert (found["verdict"], found["length"], found["tested"]) == (verdict, length, found["of"])
    assert len(guesses) == 1


def test_a_held_password_that_is_not_the_one_tells_nothing(guesses, tmp_path):
    found = passwords.audit([account("a", "other")], 0, directory=tmp_path, known={"a": "mine"})["a"]
    assert (found["verdict"], found["length"]) == ("not_tested", None)


def test_what_is_no_bcrypt_hash_is_not_tested(guesses, tmp_path):
    assert passwords.audit([account("a", "broken")], 30, directory=tmp_path)["a"]["verdict"] == "not_tested"


def test_a_damaged_cache_counts_for_nothing(guesses, tmp_path):
    (tmp_path / "passwords.json").write_text("{")
    assert passwords.audit([account("a", "")], 30, directory=tmp_path, write=True)["a"]["verdict"] == "empty"


def test_libcrypt_computes_bcrypt():
    matches = bcrypt_host.matcher()
    hashed = b"$2b$12$CiuFGszHx9eNHxPuQcwBWez4CwDTOcLTX5CbOpV6gef2nYuXkY7BO"
    assert matches(b"foo", hashed) and not matches(b"bar", hashed)
