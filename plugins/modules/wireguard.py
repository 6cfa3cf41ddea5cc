#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: wireguard
short_description: Settle who may come through a home's tunnel, and say whether the running server agrees
version_added: 0.1.0
description:
  - With O(step=plan), gives every declared peer its address, makes the keys of phones, and writes both down before the
    server is changed. The keys go to the home's vault file, the addresses to C(hearthwall_wireguard.yml) beside it.
  - With O(step=conclude), says what the running interface means for the controls C(HW-WG-*), and writes the
    configurations of phones into the vault file.
  - No result holds a key that is secret. Makes no change on the host; M(hearthwall.home.bundle) does.
options:
  step:
    description: Before the visit to the server, or after it.
    type: str
    choices: [plan, conclude]
    required: true
  server:
    description: What the description says of the server.
    type: dict
    required: true
    suboptions:
      interface:
        description: The name of the interface.
        type: str
        default: vpn
      networks:
        description: The networks of the tunnel. The server has the first address of each.
        type: list
        elements: str
        required: true
      port:
        description: The UDP port.
        type: int
        default: 51820
      endpoint:
        description: The name or address that devices come to.
        type: str
        required: true
      peers:
        description: Who may come, by name.
        type: dict
        default: {}
      reach:
        description: What a split tunnel leads to. By default the front doors of the home.
        type: list
        elements: dict
      dns:
        description: The servers of names that devices are told. By default the router.
        type: list
        elements: str
      mtu:
        description: The MTU that devices are told; V(0) for none.
        type: int
        default: 0
      keepalive:
        description: Seconds between two signs of life of a device; V(0) for none.
        type: int
        default: 25
      implementation:
        description: The kernel's WireGuard, or wireguard-go.
        type: str
        choices: [auto, kernel, userspace]
        default: auto
  vault_file:
    description: The home's vault file. By default C(hearthwall_vault.yml) among the home's group variables.
    type: path
  show_qr:
    description: Whether a new configuration is shown as a QR code on the screen.
    type: bool
    default: false
  qr_directory:
    description: A directory on the controller for the QR codes as PNG.
    type: path
  look_again:
    description: Whether something has changed since the snapshot was taken.
    type: bool
    default: false
extends_documentation_fragment:
  - hearthwall.home.attributes
attributes:
  delegation:
    support: full
  platform:
    platforms: debian
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Settle who may come and with which address
  hearthwall.home.wireguard:
    step: plan
    server:
      networks:
        - 10.0.50.0/24
      endpoint: home.example.org
      peers:
        anna-phone: {}
        ben-laptop:
          public_key: VuZPgGbmlgeUxBcYcnkMNTPGDB6zvEf0NHWXGlyO6DY=
          tunnel: full
"""

RETURN = r"""
plan:
  description: What the server is to be like.
  returned: with O(step=plan)
  type: dict
  sample:
    interface: vpn
    port: 51820
    addresses: [10.0.50.1/24]
    peers: [{name: anna-phone, allowed: [10.0.50.2/32], preshared: true, tunnel: split}]
    implementation: kernel
made:
  description: The peers that got new keys.
  returned: with O(step=plan)
  type: list
  elements: str
  sample: [anna-phone]
configured:
  description: The phones whose configuration is new, and has to be handed over.
  returned: with O(step=conclude)
  type: list
  elements: str
  sample: [anna-phone]
"""
