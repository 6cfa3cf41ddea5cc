# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: wireguard_server
short_description: The peers of a WireGuard server as C(wg syncconf) reads them
version_added: 0.1.0
description:
  - Joins the plan of M(hearthwall.home.wireguard), which holds no secret, with the preshared keys of the home's vault
    file, at the moment the file is rendered. So no result and no registered variable ever holds them.
  - The server's own private key is no part of it; that never leaves the server.
options:
  _terms:
    description: The plan.
    type: list
    elements: dict
    required: true
  vault_file:
    description: The home's vault file. By default C(hearthwall_vault.yml) among the home's group variables.
    type: path
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Configure the server
  hearthwall.home.bundle:
    role: wireguard
    control: HW-WG-01
    files:
      - path: /etc/hearthwall/wireguard/peers.conf
        content: "{{ lookup('hearthwall.home.wireguard_server', __wireguard.plan) }}"
        secret: true
"""

RETURN = r"""
_raw:
  description: The text.
  type: list
  elements: str
"""

from ansible.plugins.lookup import LookupBase
from ansible_collections.hearthwall.home.plugins.module_utils.wireguard import configuration
from ansible_collections.hearthwall.home.plugins.plugin_utils import home_vault
from ansible_collections.hearthwall.home.plugins.plugin_utils.wireguard import keys


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        path = self.get_option("vault_file") or home_vault.default_path(variables)
        vault = home_vault.HomeVault(path, self._loader, keys.VARIABLE)
        # Without the vault's password nothing was applied from here: only a dry run comes this far.
        held = vault.read() if vault.can_write() else {}
        texts = []
        for plan in terms:
            preshared = {
                peer["name"]: held[peer["name"]]["preshared_key"]
                for peer in plan["peers"]
                if peer["preshared"] and (held.get(peer["name"]) or {}).get("preshared_key")
            }
            texts.append(configuration.server(plan["port"], plan["peers"], preshared))
        return texts
