# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One visit to the code inside Home Assistant: read through what nobody approved, keep copies, move aside, put back."""

from __future__ import annotations

import time

from ansible_collections.hearthwall.home.plugins.module_utils.ha import health, restart
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administration import administration
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import HomeAssistantError
from ansible_collections.hearthwall.home.plugins.module_utils.vetting import content, kept, quarantine
from ansible_collections.hearthwall.home.plugins.module_utils.vetting.review import SECONDS, review

# Kinds that are in use from the moment Home Assistant starts: moving them takes a restart.
LOADED = frozenset({"integrations", "modules", "scripts"})


class VisitFailed(Exception):
    """The change was not kept; the message says what stands."""


def read_through(wanted):
    """Return the review of each wanted item, within one time budget."""
    end = time.monotonic() + SECONDS
    return [review(each["item"], each["approved"], max(0.5, end - time.monotonic())) for each in wanted]


def keep(items):
    """Keep a copy of each approved item; return the hashes that are kept now."""
    return [item["sha256"] for item in items if kept.keep(item["path"], item["sha256"])]


class Change:
    """A change to what Home Assistant loads, with its way back where Home Assistant does not like it."""

    def __init__(self, base_url, config_dir, unit, credentials):
        self.base_url = base_url
        self.config_dir = config_dir
        self.unit = unit
        self.credentials = credentials

    def aside(self, wanted):
        """Move items into quarantine, as they were seen; restart; put them back where it does not come up."""
        for each in wanted:
            seen = each["item"]["sha256"]
            if seen and content.read(each["item"]["path"]).sha256 != seen:
                raise VisitFailed(f"{each['item']['path']} has changed since it was looked at. Run again.")
        moved = []
        try:
            for each in wanted:
                moved.append(quarantine.move_aside(each["item"], each["reasons"]))
            self._restart(moved)
        except (HomeAssistantError, quarantine.Refused) as error:
            raise VisitFailed(f"{error}. {self._undo(moved)}") from error
        return moved

    def back(self, identities):
        """Put things back from quarantine, and restart."""
        try:
            returned = [quarantine.put_back(identity) for identity in identities]
        except quarantine.Refused as error:
            raise VisitFailed(f"{error}.") from error
        try:
            self._restart(returned)
        except HomeAssistantError as error:
            again = [quarantine.move_aside(record, record["reasons"]) for record in returned]
            self._quietly_restart(again)
            raise VisitFailed(f"{error}. What was put back is in quarantine again.") from error
        return returned

    def _restart(self, records):
        if not {record["kind"] for record in records} & LOADED:
            return
        if self.unit:
            done = restart.by_unit(self.unit)
        else:
            with administration(self.base_url, self.config_dir, self.credentials) as socket:
                done = restart.by_api(socket)
        if not done:
            raise HomeAssistantError("Home Assistant did not restart")
        health.await_running(self.base_url, self.config_dir, self.credentials)

    def _quietly_restart(self, records):
        try:
            self._restart(records)
        except HomeAssistantError as error:
            return str(error)
        return None

    def _undo(self, moved):
        for record in reversed(moved):
            quarantine.put_back(record["id"])
        trouble = self._quietly_restart(moved)
        if trouble:
            return f"Everything is back in its place, and it still is not well: {trouble}."
        return "Everything is back in its place, and Home Assistant runs."
