# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tests stay together where several run at a time."""

from __future__ import annotations

import pytest


def pytest_itemcollected(item):
    """A stage takes a minute to set up: what shares one, a file or a whole package, stays on one worker, in order."""
    package = item.path.with_name("__init__.py")
    item.add_marker(pytest.mark.xdist_group(str(package.parent if package.exists() else item.path)))
