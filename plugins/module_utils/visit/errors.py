# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a visit can fail, and what is said of it."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.host import place
from ansible_collections.hearthwall.home.plugins.module_utils.visit import command, journal, ruleset

# What may go wrong on any host; everything else is a fault of this code.
EXPECTED = (OSError, command.CommandError, place.PlaceError, journal.JournalError, ruleset.RulesetError)


class VisitError(Exception):
    """The visit did not reach its goal; the text says why and how the host stands now."""

    def __init__(self, cause, standing, stuck=False):
        super().__init__(f"{cause} {standing}")
        self.cause, self.standing, self.stuck = cause, standing, stuck


class Interrupted(Exception):
    """Somebody asked this process to end."""


def cause(error):
    """Return why a visit failed, without a full stop."""
    if isinstance(error, Interrupted):
        return "The visit was asked to end"
    text = str(error).strip().rstrip(".") or type(error).__name__
    return text if isinstance(error, EXPECTED) else f"{type(error).__name__}: {text}"
