# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of the actions that speak to Home Assistant: where it is, and what its look is asked."""

from __future__ import annotations

import json

from ansible_collections.hearthwall.home.plugins.module_utils.ha import sessions
from ansible_collections.hearthwall.home.plugins.plugin_utils.login import LOGIN, Login, plain
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

__all__ = ["LOGIN", "HomeAssistantAction", "plain"]


class HomeAssistantAction(VisitAction):
    """An action about the Home Assistant on a host."""

    def home_vault(self, task_vars):
        """Return the vault file that keeps the TOTP secrets of the home's people, or None where it has no place."""
        return Login(self, task_vars).home_vault()

    def credentials(self, task_vars, vault, people=None):
        """Return what is held for logging in: plain data for the module's no_log option."""
        return Login(self, task_vars).credentials(vault, people)

    def require_login(self, task_vars):
        """Refuse, before any change, a run that has nobody to log in as."""
        Login(self, task_vars).require()

    def ours(self, ha, task_vars):
        """Return (the user id that we log in as, the id of the long-lived token that we use); None where not known."""
        username, _password, _secret, token = Login(self, task_vars).administrator()
        if token:
            session = sessions.issuer(token)
            user = next((entry["user_id"] for entry in ha["sessions"] or [] if entry["id"] == session), None)
            return user, session
        people = ha["people"] or []
        return next((person["id"] for person in people if username and person["username"] == username), None), None

    def base_url(self, ha, task_vars):
        """Return Home Assistant's address as seen from its own host."""
        url = self._task.args.get("url") or Login(self, task_vars).variable("hearthwall_ha_url")
        if url:
            return str(url)
        if not ha["running"]:
            self.refuse(
                "Home Assistant is not running on this host, so nothing can be changed there.",
                f"Start it (systemctl start {ha['unit'] or 'home-assistant.service'}) and apply again.",
            )
        if ha["address"] is None or ha["port"] is None:
            self.refuse("Where Home Assistant listens was not found.", "Set hearthwall_ha_url.")
        http = ha["http"] or {}
        trial = http.get("pending") if (http.get("pending") or {}).get("error") is None else None
        settings = trial or http.get("stable") or {}
        scheme = "https" if settings.get("ssl_certificate") else "http"
        host = f"[{ha['address']}]" if ":" in ha["address"] else ha["address"]
        return f"{scheme}://{host}:{ha['port']}"

    @staticmethod
    def look_parameters(ha, **more):
        """Return what the look after a visit is asked: the same place, found once."""
        return {"config_dir": ha["config_dir"], "unit": ha["unit"], **more}

    @staticmethod
    def with_look(snapshot, result):
        """Return the snapshot with what a visit saw afterwards."""
        if result.get("home_assistant") is None:
            return snapshot
        unknown = {key: why for key, why in snapshot.get("unknown", {}).items() if not key.startswith("home_assistant")}
        unknown.update(result.get("unknown") or {})
        return {**snapshot, "home_assistant": result["home_assistant"], "unknown": unknown}

    @staticmethod
    def as_text(value):
        """Return plain data as the JSON text that a module takes as one secret."""
        return json.dumps(value)
