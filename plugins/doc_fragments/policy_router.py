# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a network policy is laid over the ports of a router that is not Linux's own."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of the router's actions; each says itself what it replaces and how it takes a change back."""

    DOCUMENTATION = r"""
options:
  policy:
    description: The policy, as C(hearthwall_policy) has it.
    type: dict
    required: true
  bridge:
    description: The bridge that carries the zones with a VLAN.
    type: str
  ports:
    description: The zone of each access port.
    type: dict
    default: {}
  trunks:
    description: The ports that carry every zone with its tag.
    type: list
    elements: str
    default: []
"""
