# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: restore
short_description: Bring a Home Assistant back from a copy
version_added: 0.1.0
description:
  - Fetches the newest copy whose archive can be proved good, has Home Assistant restore it, starts it, and logs in with
    password and second factor.
  - In a drill it comes up with no network but its own loopback, on a host that is none of the home's, and is taken away
    again.
options:
  source:
    description: The device whose copy it is.
    type: str
    required: true
  target:
    description: The declared target that holds it.
    type: dict
    required: true
  config_dir:
    description: Home Assistant's configuration directory on this host.
    type: path
    required: true
  unit:
    description: The unit that runs Home Assistant on this host.
    type: str
    required: true
  drill:
    description: Whether it is a drill.
    type: bool
    required: true
  admin:
    description: As whom to log in. By default C(hearthwall_ha_admin); the TOTP secret comes from the home's vault file.
    type: dict
    default: {}
  vault_file:
    description: The vault file that keeps the keys.
    type: str
    default: ''
extends_documentation_fragment:
  - hearthwall.home.attributes
attributes:
  check_mode:
    support: none
  platform:
    platforms: debian
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Bring the home back
  hearthwall.home.restore:
    source: ha
    target: {name: nas, kind: store, host: nas}
    config_dir: /srv/homeassistant/config
    unit: home-assistant.service
    drill: true
"""

RETURN = r"""
report:
  description: The steps with their minutes and seconds.
  returned: always
  type: list
  elements: str
"""
