# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of the actions that speak to Home Assistant: where it is, as whom to log in, what its look is asked."""

from __future__ import annotations

import json
import os

from ansible_collections.hearthwall.home.plugins.module_utils.ha import sessions
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_vault import HomeVault, default_path
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

# The options of an action that may log in.
LOGIN = {
    "admin": {"type": "dict", "default": {}},
    "token": {"type": "str", "default": "", "no_log": True},
    "url": {"type": "str", "default": ""},
    "vault_file": {"type": "str", "default": ""},
}


def plain(value):
    """Return a templated value as plain data (Ansible's own string types do not travel as JSON everywhere)."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    for kind in (str, bool, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value


class HomeAssistantAction(VisitAction):
    """An action about the Home Assistant on a host."""

    def home_vault(self, task_vars):
        """Return the vault file that keeps the TOTP secrets of the home's people, or None where it has no place."""
        path = self._task.args.get("vault_file") or self._variable("accounts_vault_file", task_vars)
        path = path or default_path(task_vars)
        return HomeVault(os.path.expanduser(path), self._loader) if path else None

    def _variable(self, name, task_vars):
        if name not in task_vars:
            return None
        return self._templar.template(task_vars[name])

    def administrator(self, task_vars):
        """Return (username, password, TOTP secret, token) of the declared administrator; what is missing is None."""
        admin = plain(self._task.args.get("admin") or self._variable("hearthwall_ha_admin", task_vars) or {})
        token = self._task.args.get("token") or self._variable("hearthwall_ha_token", task_vars)
        username = (admin.get("username") or "").strip().casefold() or None
        return username, admin.get("password"), admin.get("totp_secret"), str(token) if token else None

    def credentials(self, task_vars, vault, people=None):
        """Return what is held for logging in: plain data for the module's no_log option."""
        host = task_vars["inventory_hostname"]
        username, password, secret, token = self.administrator(task_vars)
        passwords = dict(people or {})
        if username and password is not None:
            passwords[username] = password
        secrets = {}
        for name in passwords:
            held = vault.secrets_of(name, host) if vault else []
            if name == username and secret:
                held = [*held, secret]
            if held:
                secrets[name] = held
        return {"admin": username, "token": token, "passwords": passwords, "secrets": secrets}

    def ours(self, ha, task_vars):
        """Return (the user id that we log in as, the id of the long-lived token that we use); None where not known."""
        username, _password, _secret, token = self.administrator(task_vars)
        if token:
            session = sessions.issuer(token)
            user = next((entry["user_id"] for entry in ha["sessions"] or [] if entry["id"] == session), None)
            return user, session
        people = ha["people"] or []
        return next((person["id"] for person in people if username and person["username"] == username), None), None

    def require_login(self, task_vars):
        """Refuse, before any change, a run that has nobody to log in as."""
        username, password, _secret, token = self.administrator(task_vars)
        if not token and not (username and password is not None):
            self.refuse(
                "Nobody is named as whom Hearthwall logs in to Home Assistant.",
                "Set hearthwall_ha_admin (username, password) or hearthwall_ha_token in the home's vault.",
            )

    def base_url(self, ha, task_vars):
        """Return Home Assistant's address as seen from its own host."""
        url = self._task.args.get("url") or self._variable("hearthwall_ha_url", task_vars)
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
