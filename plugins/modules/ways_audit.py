#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ways_audit
short_description: List every way into Home Assistant, and have a host outside try them
version_added: 0.1.0
description:
  - Puts together what this run has seen and judged of every host of the home, and names each way in that is not
    declared. What could not be seen is unknown.
  - With O(vantage), the task has to be delegated to that host, which opens TCP connections to the home's public
    addresses. Without it no connection is made.
options:
  vantage:
    description: The host outside, to which this task is delegated.
    type: str
  public_addresses:
    description: The addresses to try. By default those of the router's internet side, and Home Assistant's over IPv6.
    type: list
    elements: str
    default: []
  probe_ports:
    description: Ports to try beside the usual ones.
    type: list
    elements: int
    default: []
  probe_seconds:
    description: How long trying may take.
    type: int
    default: 30
  agents:
    description: Units of programs that open a way in from inside and are meant to.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - hearthwall.home.exposure
  - hearthwall.home.exposure.router
  - hearthwall.home.attributes
attributes:
  delegation:
    support: full
  platform:
    platforms: posix
seealso:
  - module: hearthwall.home.outside_probe
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: List every way in, and have a host outside try them
  hearthwall.home.ways_audit:
    vantage: rented_server
  delegate_to: rented_server
"""

RETURN = r"""
declared:
  description: The ways in that are declared.
  returned: always
  type: list
  elements: str
undeclared:
  description: The ways in that are not.
  returned: always
  type: list
  elements: str
"""
