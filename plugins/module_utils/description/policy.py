# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The network policy: whatever its loader refuses."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import on
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import VARIABLE, read


def check(home):
    found = []
    for host in home.hosts.values():
        document = host.get(VARIABLE)
        if document is not None:
            found += on(host, read(document)[1])
    return found
