# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading code through: what is found, in what changed, and how much of it is told."""

from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.vetting import content, dangerous, kept
from ansible_collections.hearthwall.home.plugins.module_utils.vetting.review import review

FOUND = [
    ("import subprocess\nsubprocess.run(['x'])\n", 2),
    ("import subprocess as s\ns.Popen('x')\n", 2),
    ("from os import system as go\ngo('x')\n", 2),
    ("import os\nos.execvp('x', [])\n", 2),
    ("eval('1')\n", 1),
    ("__import__(name)\n", 1),
    ("import importlib\nimportlib.import_module(name)\n", 2),
    ("import base64\nexec(base64.b64decode('eA=='))\n", 2),
    ("import pickle\npickle.loads(b'')\n", 2),
    ("from ctypes import CDLL\nCDLL('x')\n", 2),
    ("import urllib.request\nurllib.request.urlopen('http://x')\n", 2),
    ("path = hass.config.path('.storage/auth')\n", 1),
    ("hass.auth.async_create_user('x')\n", 1),
]
INNOCENT = [
    "import os\nos.path.join('a', 'b')\n",
    "def evaluate(x):\n    return x\nevaluate('eval(1)')\n",
    "import importlib\nimportlib.import_module('homeassistant.const')\n",
    "'''os.system is never called here'''\n",
    "model.compile()\n",
]


@pytest.mark.parametrize("code, line", FOUND)
def test_what_deserves_a_look_is_found(code, line):
    assert line in [number for number, _why in dangerous.look("x.py", code.encode())]


@pytest.mark.parametrize("code", INNOCENT)
def test_what_does_not_is_left_alone(code):
    assert dangerous.look("x.py", code.encode()) == []


def test_what_cannot_be_read_through_is_said():
    assert "cannot be read through" in dangerous.look("x.py", b"def x(:\n")[0][1]
    assert "too large" in dangerous.look("x.py", b"#" * (dangerous.MOST + 1))[0][1]
    assert dangerous.look("x.js", b"const a = 1;\neval(a)\n") == [(2, "runs made-up code")]


@pytest.fixture()
def door(tmp_path):
    folder = tmp_path / "door"
    folder.mkdir()
    (folder / "__init__.py").write_text("import os\nos.system('known')\nx = 1\n")
    (folder / "other.py").write_text("pass\n")
    return folder


def test_against_the_kept_copy_only_the_change_is_shown(door, tmp_path):
    approved = content.read(str(door)).sha256
    held = tmp_path / "held"
    assert kept.keep(str(door), approved, str(held))
    assert kept.hashes(str(held)) == [approved] and held.stat().st_mode & 0o777 == 0o700
    (door / "__init__.py").write_text("import os\nos.system('known')\nos.system('new')\nx = 1\n")
    (door / "more.py").write_text("eval('1')\n")
    found = review({"kind": "integrations", "name": "door", "path": str(door)}, approved, folder=str(held))
    assert found["changed"] == ["__init__.py", "more.py"] and found["compared"] and found["complete"]
    assert [call.split()[0] for call in found["calls"]] == ["__init__.py:3", "more.py:1"]
    assert "+os.system('new')" in found["diff"] and "os.system('known')\n-" not in found["diff"]


def test_without_a_copy_all_of_it_is_read(door, tmp_path):
    found = review({"kind": "integrations", "name": "door", "path": str(door)}, "f" * 64, folder=str(tmp_path))
    assert not found["compared"] and found["diff"] == "" and len(found["calls"]) == 1


def test_a_copy_is_never_kept_of_something_else(door, tmp_path):
    assert not kept.keep(str(door), "0" * 64, str(tmp_path / "held"))


def test_a_huge_change_is_cut_and_says_so(door, tmp_path):
    approved = content.read(str(door)).sha256
    kept.keep(str(door), approved, str(tmp_path / "held"))
    (door / "big.py").write_text("eval('1')\n" * 5000)
    found = review({"kind": "x", "name": "door", "path": str(door)}, approved, folder=str(tmp_path / "held"))
    assert not found["complete"] and len(found["calls"]) == 60 and "more lines" in found["diff"]
