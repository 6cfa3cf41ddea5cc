# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file that keeps the secrets that Hearthwall makes: whether it has a place, and is no open book."""

from __future__ import annotations

import os

from ansible.parsing.vault import is_encrypted
from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import problem

VARIABLE = "accounts_vault_file"


def check(home):
    found = []
    for host in home.hosts.values():
        name = host.given.get(VARIABLE)  # the default's place is made when it is needed
        if isinstance(name, str) and name:
            found += _file(os.path.expanduser(name), host.name)
    return found


def _file(path, host):
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        return [problem(VARIABLE, f"there is no directory {folder}", f"Make it (mkdir -m 700 {folder}).", host)]
    if os.path.isdir(path):
        return [problem(VARIABLE, f"{path} is a directory", "Name a file in it.", host)]
    try:
        with open(path, "rb") as stream:
            start = stream.read(64)
    except FileNotFoundError:
        return []  # it is made when there is something to keep
    except OSError as error:
        return [problem(VARIABLE, f"{path} cannot be read: {error.strerror}", "Make it readable for you.", host)]
    if start.strip() and not is_encrypted(start):
        return [problem(VARIABLE, f"{path} is not encrypted", f"Encrypt it: ansible-vault encrypt {path}", host)]
    return []
