# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: pinned_key
short_description: Let nothing but the expected signing key pass
version_added: 0.1.0
description:
  - Returns an armored OpenPGP key where every key in it has one of the given fingerprints, and fails otherwise.
options:
  _input:
    description: The armored key.
    type: str
    required: true
  fingerprints:
    description: The fingerprints that it may have.
    type: list
    elements: str
    required: true
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Show a key that is the expected one
  ansible.builtin.debug:
    msg: "{{ lookup('ansible.builtin.file', 'vendor.asc') | hearthwall.home.pinned_key(['…']) }}"
"""

RETURN = r"""
_value:
  description: The key.
  type: str
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.hearthwall.home.plugins.plugin_utils.signing_key import NotPinned, pinned


def pinned_key(text, fingerprints):
    """Return an armored key; fail where it is another one."""
    try:
        return pinned(text, fingerprints)
    except NotPinned as error:
        raise AnsibleFilterError(f"{error}. Get it from the vendor again, and compare the fingerprint.") from error


class FilterModule:
    """The filter."""

    def filters(self):
        return {"pinned_key": pinned_key}
