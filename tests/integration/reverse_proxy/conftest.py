# SPDX-License-Identifier: GPL-3.0-or-later
"""One host lives through all of these files, in their order: bare, served, renewed, refused, drifted, otherwise."""

from __future__ import annotations

import os

import pytest

from .door_stage import Stage


@pytest.fixture(scope="package")
def stage(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("needs root (containers with networks of their own)")
    made = Stage(tmp_path_factory.mktemp("stage"))
    try:
        made.up()
        yield made
    finally:
        if not os.environ.get("KEEP_STAGE"):
            made.down()
