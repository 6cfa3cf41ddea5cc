# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands at the paths that Hearthwall manages or was asked about."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.host import place


def look(paths, secret=()):
    """Return ({path: state}, {path: reason}) for absolute paths; content is hashed anew each time."""
    secret = set(secret)
    states, unknown = {}, {}
    for path in paths:
        try:
            states[path] = place.state(path, secret=path in secret)
        except (OSError, place.PlaceError) as error:
            unknown[path] = str(error)
    return states, unknown
