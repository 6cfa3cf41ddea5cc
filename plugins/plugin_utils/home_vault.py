# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The vault file of a home: the secrets that Hearthwall makes, kept on the controller, encrypted as the run's vault is.

Written whole and atomically, mode 0600, under a lock, since the hosts of a home are worked on in parallel.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile

import yaml
from ansible.errors import AnsibleActionFail
from ansible.parsing.vault import is_encrypted_file, match_encrypt_secret
from ansible_collections.hearthwall.home.plugins.plugin_utils.yaml_file import to_yaml

VARIABLE = "accounts_totp"
PENDING = "pending"
ENROLLED = "enrolled"
_HEADER = "# Made by Hearthwall: the secrets that it made for this home. Read it with ansible-vault view.\n"
_SHADOWED = (".yml", ".yaml", ".json")


def default_path(task_vars):
    """Return where the vault file of a home is by default: among the inventory's group variables."""
    folder = task_vars.get("inventory_dir")
    home = task_vars.get("hearthwall_home")
    if not folder or not home:
        return None
    return os.path.join(folder, "group_vars", home, "hearthwall_vault.yml")


class HomeVault:
    """One variable of a home's vault file, by default the TOTP secrets of its people."""

    def __init__(self, path, loader, variable=VARIABLE):
        self.path = path
        self.variable = variable
        self._loader = loader

    def can_write(self):
        """Return whether this run has a vault password to encrypt with."""
        return bool(self._loader._vault.secrets)

    def check_place(self):
        """Refuse a place where the file would hide variables that are there now."""
        folder = os.path.dirname(self.path)
        if os.path.isdir(folder):
            return
        for extension in ("", *_SHADOWED):
            if os.path.isfile(folder + extension):
                raise AnsibleActionFail(
                    f"The vault file {self.path} needs the folder {folder}, beside which Ansible would no longer read"
                    f" {folder}{extension}. Move that file to {folder}/main.yml, or set accounts_vault_file."
                )

    def read(self):
        """Return the entries of the variable; those of people are {username: {host, state, secret, uri}}."""
        return dict(self._everything().get(self.variable) or {})

    def _everything(self):
        if not os.path.exists(self.path):
            return {}
        with open(self.path, "rb") as file:
            raw = file.read()
        if raw.startswith(b"$ANSIBLE_VAULT"):
            if not self.can_write():
                raise AnsibleActionFail(
                    f"{self.path} is encrypted and this run has no vault password. Give --vault-password-file or"
                    " --ask-vault-pass."
                )
            raw = self._loader._vault.decrypt(raw)
        return dict(yaml.safe_load(raw) or {})

    def secrets_of(self, username, host):
        """Return the secrets held for a person on a host; the confirmed one first."""
        entry = self.read().get(username)
        return [entry["secret"]] if entry and entry.get("host", host) == host else []

    def update(self, changes):
        """Lay entries over those that are there, encrypt, and put the file in place at once."""
        self._change(lambda entries: {**entries, **changes})

    def discard(self, names):
        """Take entries away for good."""
        self._change(lambda entries: {name: entry for name, entry in entries.items() if name not in names})

    def _change(self, change):
        self.check_place()
        folder = os.path.dirname(self.path)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with self._locked(folder):
            everything = self._everything()
            everything[self.variable] = change(everything.get(self.variable) or {})
            text = _HEADER + to_yaml(everything, sort_keys=True)
            self._replace(folder, self._encrypt(text))

    def _encrypt(self, text):
        vault = self._loader._vault
        identity = self._identity()
        name, secret = match_encrypt_secret(vault.secrets, encrypt_vault_id=identity)
        return vault.encrypt(text, secret=secret, vault_id=name if name != "default" else None)

    def _identity(self):
        """Return the vault id that the file has already, so that it stays readable with the same password."""
        if not os.path.exists(self.path):
            return None
        with open(self.path, "rb") as file:
            if not is_encrypted_file(file):
                return None
            file.seek(0)
            parts = file.readline().decode().strip().split(";")
        known = {name for name, _secret in self._loader._vault.secrets}
        return parts[3] if len(parts) > 3 and parts[3] in known else None

    @staticmethod
    @contextlib.contextmanager
    def _locked(folder):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _replace(self, folder, data):
        # A dot in front: Ansible does not read it as variables, should we be cut short here.
        descriptor, staged = tempfile.mkstemp(dir=folder, prefix=".hearthwall_vault.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(staged, 0o600)
            os.replace(staged, self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(staged)
            raise
