# SPDX-License-Identifier: GPL-3.0-or-later
"""The hash of a tree: what changes it, and what does not."""

from __future__ import annotations

import os
import subprocess

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.vetting import content


@pytest.fixture()
def tree(tmp_path):
    folder = tmp_path / "doorbell"
    (folder / "translations").mkdir(parents=True)
    (folder / "__init__.py").write_bytes(b"import os\n\nNAME = 'x'\n")
    (folder / "manifest.json").write_bytes(b'{"domain": "doorbell"}\n')
    (folder / "translations/en.json").write_bytes(b"{}\n")
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    return folder


def sha(tree):
    return content.read(str(tree)).sha256


def test_it_is_what_sha256sum_makes_of_the_tree(tree):
    listing = subprocess.run(
        "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum",
        shell=True,
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    assert listing.stdout.split()[0] == sha(tree)


def test_one_changed_byte_is_found_in_any_file(tree):
    before = sha(tree)
    for path in sorted(p for p in tree.rglob("*") if p.is_file()):
        kept = path.read_bytes()
        path.write_bytes(kept[:-2] + bytes([kept[-2] ^ 1]) + kept[-1:])
        assert sha(tree) != before, path
        path.write_bytes(kept)
    assert sha(tree) == before


@pytest.mark.parametrize("name", ["a.py", "translations/de.json", ".hidden"])
def test_a_new_and_a_missing_file_are_found(tree, name):
    before = sha(tree)
    (tree / name).write_text("")
    assert sha(tree) != before
    (tree / name).unlink()
    (tree / "manifest.json").rename(tree / "manifest.txt")
    assert sha(tree) != before


def test_line_endings_dates_modes_and_caches_do_not_count(tree):
    before = sha(tree)
    init = tree / "__init__.py"
    init.write_bytes(init.read_bytes().replace(b"\n", b"\r\n"))
    os.utime(init, (1, 1))
    init.chmod(0o600)
    subprocess.run(["python3", "-m", "compileall", "-q", str(tree)], check=True)
    assert (tree / "__pycache__").is_dir()
    (tree / "__init__.pyc").write_bytes(b"never loaded: its source is beside it")
    (tree / ".DS_Store").write_bytes(b"\0")
    found = content.read(str(tree))
    assert found.sha256 == before and found.oddities == []


def test_line_endings_count_in_what_is_no_text(tree):
    before = sha(tree)
    logo = tree / "logo.png"
    logo.write_bytes(logo.read_bytes().replace(b"\r\n", b"\n"))
    assert sha(tree) != before


@pytest.mark.parametrize("block", [5, 6, 7, 8, 13])
def test_a_carriage_return_at_the_border_of_two_blocks_is_part_of_its_line(tmp_path, monkeypatch, block):
    path = tmp_path / "long.py"
    path.write_bytes(b"x = 1\n" * 40)
    before = content.file_digest(path)[0]
    monkeypatch.setattr(content, "BLOCK", block)
    path.write_bytes(b"x = 1\r\n" * 40)
    assert content.file_digest(path)[0] == before
    path.write_bytes(b"x = 1\r\n" * 39 + b"x = 1\r")
    assert content.file_digest(path)[0] != before


def test_a_planted_cache_is_code(tree):
    """An unchecked cache is run whatever the source says: it counts, and it is named."""
    before = sha(tree)
    command = ["python3", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(tree)]
    subprocess.run(command, check=True)
    found = content.read(str(tree))
    assert found.sha256 != before
    assert "without a look at its source" in found.oddities[0]


def test_bytecode_without_its_source_is_code(tree):
    (tree / "extra.pyc").write_bytes(b"\0" * 20)
    assert content.read(str(tree)).oddities == ["extra.pyc: bytecode without its source"]


def test_links_are_followed_but_not_round_in_circles(tree, tmp_path):
    (tmp_path / "elsewhere.py").write_text("one")
    (tree / "linked.py").symlink_to(tmp_path / "elsewhere.py")
    (tree / "round").symlink_to(tree)
    before = sha(tree)
    (tmp_path / "elsewhere.py").write_text("two")
    assert sha(tree) != before


def test_a_pipe_does_not_stop_the_look(tree):
    os.mkfifo(tree / "pipe")
    assert content.read(str(tree)).oddities == ["pipe: neither a file nor a directory"]


def test_ten_thousand_files_take_seconds(tmp_path):
    """As a ratio to merely reading them: the hash costs no more than a few times that."""
    import time

    for number in range(100):
        folder = tmp_path / f"d{number}"
        folder.mkdir()
        for file in range(100):
            (folder / f"f{file}.py").write_bytes(b"value = 1\n" * 100)
    started = time.perf_counter()
    for path in tmp_path.rglob("*.py"):
        path.read_bytes()
    reading = time.perf_counter() - started
    started = time.perf_counter()
    assert len(content.read(str(tmp_path)).files) == 10_000
    assert time.perf_counter() - started < max(5 * reading, 3)
