# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The register of a home's peers: a plain file among the home's variables, for it holds no secret."""

from __future__ import annotations

import os
import tempfile

import yaml
from ansible_collections.hearthwall.home.plugins.plugin_utils.yaml_file import to_yaml

NAME = "hearthwall_wireguard.yml"
VARIABLE = "wireguard_register"
_HEADER = """---
# Kept by Hearthwall: who has which address of the tunnel, and who had one. Keep it with the inventory: an address that
# a removed peer had is never given to another, and a key that was revoked is never let in again.
"""


def place(vault_path):
    """Return where it is: beside the home's vault file."""
    return os.path.join(os.path.dirname(vault_path), NAME)


def read(path):
    """Return the register; an empty one where there is none yet."""
    try:
        with open(path, encoding="utf-8") as file:
            return dict((yaml.safe_load(file) or {}).get(VARIABLE) or {})
    except FileNotFoundError:
        return {}


def write(path, register):
    """Put the register in place at once."""
    text = _HEADER + to_yaml({VARIABLE: register}, sort_keys=True)
    descriptor, staged = tempfile.mkstemp(dir=os.path.dirname(path), prefix=f".{NAME}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(staged, 0o644)
    os.replace(staged, path)
