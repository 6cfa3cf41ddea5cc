# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proves rules where nft is: on the router, before they are in force or afterwards."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.host import firewall
from ansible_collections.hearthwall.home.plugins.module_utils.nftables import staged
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.nftables import TABLE
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.prove import UNKNOWN, prove

ALONE, BESIDE, LIVE = SCOPES = ("alone", "beside", "live")


class CannotTell(Exception):
    """The rules could not be had; the message says why."""


def proved(policy, scope, text=None):
    """Return the proof of a text, or of the rules in force, ready for JSON; unknown with a reason where it failed."""
    try:
        return {**prove(policy, _document(scope, text)).as_dict(), "reason": None}
    except CannotTell as error:
        return {
            "result": UNKNOWN,
            "reason": str(error),
            "counterexample": None,
            "differences": [],
            "unknown": [],
            "ways": 0,
            "seconds": 0.0,
        }


def _document(scope, text):
    if scope == ALONE:
        return _staged(text)
    live = firewall.look()
    if live["error"]:
        raise CannotTell(live["error"])
    return live["ruleset"] if scope == LIVE else staged.beside(live["ruleset"], _staged(text), "inet", TABLE)


def _staged(text):
    try:
        return staged.listed(text)
    except staged.StagedError as error:
        raise CannotTell(str(error)) from None
