# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Hearthwall's own sections are called: by that they are told from those of others."""

from __future__ import annotations

import re

PREFIX = "hearthwall_"


def section_name(*parts):
    """Return a section's name: UCI takes letters, digits and `_` only."""
    return PREFIX + "_".join(re.sub(r"[^a-zA-Z0-9]", "_", part) for part in parts)


def own(name):
    """Return whether a section is Hearthwall's."""
    return name.startswith(PREFIX)
