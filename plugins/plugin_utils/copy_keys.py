# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keys of a home's copies, kept on the control machine in the home's vault file: made once, found by every run.

An entry for each device: ``passphrase`` (restic, on the device), ``archive_password`` (Home Assistant's archives),
``store`` (restic, on the store, for thinning out), ``former`` (what older copies need), ``opens`` (which sealed keys of
the repository the passphrase was seen to open).
"""

from __future__ import annotations

import os
import secrets

from ansible_collections.hearthwall.home.plugins.plugin_utils.home_vault import HomeVault, default_path

VARIABLE = "backup_keys"
GIVEN = {"passphrase": "backup_passphrase", "archive_password": "backup_archive_password"}
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
GROUPS, LENGTH = 6, 5  # 150 bits, to be copied by hand on the worst day


def make():
    """Return a new secret: random, and readable from paper."""
    letters = [secrets.choice(ALPHABET) for _letter in range(GROUPS * LENGTH)]
    return "-".join("".join(letters[start : start + LENGTH]) for start in range(0, len(letters), LENGTH))


class CopyKeys:
    """The keys of the copies of a home's devices."""

    def __init__(self, action, task_vars):
        path = action._task.args.get("vault_file") or default_path(task_vars)
        self._action = action
        self._task_vars = task_vars
        self.vault = HomeVault(os.path.expanduser(path), action._loader, VARIABLE) if path else None

    def known(self):
        """Return {device: entry} as kept, nothing made."""
        if self.vault is None or not os.path.exists(self.vault.path):
            return {}
        return self.vault.read()

    def of(self, device, entries=None):
        """Return one device's keys, those that the home's own vault gives laid over those that were made."""
        entry = {"former": [], "opens": {}, **((self.known() if entries is None else entries).get(device) or {})}
        variables = self._task_vars["hostvars"].get(device) or {}
        for part, variable in GIVEN.items():
            given = self._action._templar.template(variables.get(variable) or "")
            if given:
                entry[part] = str(given)
        return entry

    def missing(self, device, entries=None):
        """Return which keys of a device are yet to be made."""
        entry = self.of(device, entries)
        return [part for part in ("passphrase", "archive_password", "store") if not entry.get(part)]

    def keep(self, changes):
        """Lay entries over those that are kept: {device: {part: value}}."""
        if self.vault is None or not self.vault.can_write():
            self._action.refuse(
                "The keys of the copies would be on the device alone: this run has no vault password to keep them.",
                "Give --vault-password-file or --ask-vault-pass.",
            )
        known = self.known()
        self.vault.update({device: {**(known.get(device) or {}), **parts} for device, parts in changes.items()})
