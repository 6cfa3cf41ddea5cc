# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""As whom an action logs in to Home Assistant: from its own options, or from the home's variables and vault file."""

from __future__ import annotations

import os

from ansible.errors import AnsibleActionFail
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_vault import HomeVault, default_path

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


class Login:
    """What one task has for logging in to the Home Assistant of its host."""

    def __init__(self, action, task_vars):
        self._args, self._loader, self._templar = action._task.args, action._loader, action._templar
        self._task_vars = task_vars

    def variable(self, name):
        """Return a variable of the host; None where it is not set."""
        if name not in self._task_vars:
            return None
        return self._templar.template(self._task_vars[name])

    def home_vault(self):
        """Return the vault file that keeps the TOTP secrets of the home's people, or None where it has no place."""
        path = self._args.get("vault_file") or self.variable("accounts_vault_file")
        path = path or default_path(self._task_vars)
        return HomeVault(os.path.expanduser(path), self._loader) if path else None

    def administrator(self):
        """Return (username, password, TOTP secret, token) of the declared administrator; what is missing is None."""
        admin = plain(self._args.get("admin") or self.variable("hearthwall_ha_admin") or {})
        token = self._args.get("token") or self.variable("hearthwall_ha_token")
        username = (admin.get("username") or "").strip().casefold() or None
        return username, admin.get("password"), admin.get("totp_secret"), str(token) if token else None

    def credentials(self, vault, people=None):
        """Return what is held for logging in: plain data for the module's no_log option."""
        host = self._task_vars["inventory_hostname"]
        username, password, secret, token = self.administrator()
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

    def require(self):
        """Refuse, before any change, a run that has nobody to log in as."""
        username, password, _secret, token = self.administrator()
        if not token and not (username and password is not None):
            raise AnsibleActionFail(
                "Nobody is named as whom Hearthwall logs in to Home Assistant. Set hearthwall_ha_admin (username, "
                "password) or hearthwall_ha_token in the home's vault."
            )
