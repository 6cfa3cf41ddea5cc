# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host with Home Assistant OS: seen and changed from the controller, through its API. No module ever runs on it.

``ansible_connection`` of such a host is local, so a module would run on the control machine: that is refused.
"""

from __future__ import annotations

import json

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import Credentials
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import (
    Banned,
    HomeAssistantError,
    NotAllowed,
    Unreachable,
)
from ansible_collections.hearthwall.home.plugins.module_utils.haos.look import look
from ansible_collections.hearthwall.home.plugins.plugin_utils.haos import differences, seen
from ansible_collections.hearthwall.home.plugins.plugin_utils.haos.visits import VISITS
from ansible_collections.hearthwall.home.plugins.plugin_utils.login import Login


class HomeAssistantOS:
    """One host with Home Assistant OS, as an action sees it."""

    def __init__(self, action, task_vars):
        self._action = action
        self._login = Login(action, task_vars)
        self._task_vars = task_vars
        self._host = task_vars["inventory_hostname"]

    def access(self):
        """Return (address, credentials); refuse a host that has none."""
        url = self._login.variable("hearthwall_ha_url")
        if not url:
            self._action.refuse(
                f"Where the Home Assistant OS of {self._host} answers is not known.",
                "Set hearthwall_ha_url, for example http://homeassistant.local:80.",
            )
        self._login.require()
        people = self._login.variable("accounts_people") or {}
        held = {
            str(name).strip().casefold(): str(person["password"])
            for name, person in people.items()
            if person and person.get("password") is not None
        }
        vault = self._login.home_vault()
        # A dry run needs no vault password for what others hold; it then sees less, and says so.
        vault = vault if vault is not None and vault.can_write() else None
        return str(url), self._login.credentials(vault, held)

    def snapshot(self):
        """Return what the API shows; a host that does not answer is unreachable, one that refuses us fails."""
        url, held = self.access()
        credentials = Credentials(held["admin"], held["token"], held["passwords"], held["secrets"])
        memory = seen.Seen(self._task_vars)
        password = self._login.variable("accounts_password") or {}
        try:
            taken = look(url, credentials, memory.days(), int(password.get("min_length") or 12))
        except HomeAssistantError as error:
            raise self._failure(url, error) from None
        if not self._action._task.check_mode:
            taken["updates"]["seen"] = memory.note(taken["updates"]["pending"])
        return taken

    def visit(self, module, arguments):
        """Do through the API what a module does on other hosts."""
        carry_out = VISITS.get(module)
        if carry_out is None:
            self.refuse(f"hearthwall.home.{module}")
        try:
            return carry_out(dict(arguments), self._again)
        except (Banned, NotAllowed, Unreachable) as error:
            raise self._failure(arguments.get("base_url", ""), error) from None
        except HomeAssistantError as error:
            raise AnsibleActionFail(f"{error}. Then: {self._command()}") from None

    not_applicable = staticmethod(differences.not_applicable)
    applicable = staticmethod(differences.applicable)

    def refuse(self, module):
        """Refuse a module: over a local connection it would run on the control machine."""
        raise AnsibleActionFail(
            f"{self._host} runs Home Assistant OS, on which no module can run ({module}). Keep it in the group haos"
            " alone, and out of home_assistant, router, edge, backup_store and wireguard."
        )

    def _again(self, base_url, credentials):
        """Return a new look, after a visit; ``credentials`` is the JSON text that the visit had."""
        held = json.loads(credentials)
        known = Credentials(held.get("admin"), held.get("token"), held.get("passwords"), held.get("secrets"))
        return look(base_url, known, seen.Seen(self._task_vars).days())

    def _command(self):
        return f"ansible-playbook playbooks/check.yml --limit {self._host}"

    def _failure(self, url, error):
        variable = "hearthwall_ha_token" if self._login.administrator()[3] else "hearthwall_ha_admin"
        if isinstance(error, Unreachable):
            return AnsibleConnectionFailure(
                f"{error}. Is hearthwall_ha_url ({url}) right, and is the device on? Then: {self._command()}"
            )
        if isinstance(error, NotAllowed):
            return AnsibleActionFail(
                f"{error}. {variable} of {self._host} is not accepted: make a token as an administrator under Profile >"
                " Security > Long-lived access tokens, put it into the vault (ansible-vault edit), then:"
                f" {self._command()}"
            )
        return AnsibleActionFail(f"{error} ({variable}, {url}). Then: {self._command()}")
