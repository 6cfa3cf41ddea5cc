# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: host_firewall
short_description: Ask the running rules of a host whether they let in what is declared, and load them anew where not
version_added: 0.1.0
description:
  - Walks a packet of every source and port that the rules or the declaration can tell apart through the running rules.
    Says who reaches Home Assistant's port, and which listeners answer beyond what is declared.
  - Where Hearthwall's own table is not as declared although its file is, it is loaded anew, as a guarded change.
extends_documentation_fragment:
  - hearthwall.home.exposure
  - hearthwall.home.exposure.host
  - hearthwall.home.exposure.applied
  - hearthwall.home.attributes
attributes:
  platform:
    platforms: linux
seealso:
  - module: hearthwall.home.exposure
  - module: hearthwall.home.ways_in
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Ask the running rules who reaches Home Assistant
  hearthwall.home.host_firewall:
    ways_in:
      - {name: front door, from: wan, to: ha, port: 443}
    management: [10.0.10.0/24]
"""

RETURN = r"""
loaded_for:
  description: How the running rules deviated before they were loaded anew.
  returned: when they were loaded anew
  type: list
  elements: str
  sample: ["203.0.113.199 reaches tcp 8123"]
"""
