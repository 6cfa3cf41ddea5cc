# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What files hold, for a diff."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.host import place

LIMIT = 256 * 1024


def read(wanted):
    """Return {path: text} of files; what is no text or too long is said instead."""
    texts = {}
    for path in wanted:
        try:
            data = place.read(path)
            texts[path] = data.decode("utf-8") if len(data) <= LIMIT else f"({len(data)} bytes)\n"
        except UnicodeDecodeError:
            texts[path] = "(not text)\n"
        except (OSError, place.PlaceError):
            texts[path] = ""
    return texts
