# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: apps
short_description: Hold the apps of a Home Assistant OS against what the home accepts
version_added: 0.1.0
description:
  - Judges what every app (add-on) may do beyond its own container, its rating, its ports and its source. Sets declared
    apps as declared, and puts apps back into protection mode.
  - Tells what the Supervisor itself finds, and has it look the secrets of apps up among the leaked ones.
  - Works through Home Assistant's API from the controller. Nothing runs on the device.
options:
  declared:
    description: Apps by slug, or by the short names C(tailscale), C(wireguard), C(nginx) and C(letsencrypt).
    type: dict
    default: {}
  accepted:
    description: What the home accepts of an app, by slug, as a list of rights.
    type: dict
    default: {}
  repositories:
    description: The repositories that apps may come from, by slug.
    type: list
    elements: str
    default: []
  min_rating:
    description: The least rating of an app, of 8.
    type: int
    default: 4
  protect:
    description: Whether apps are put back into protection mode, unless they are accepted without.
    type: bool
    default: true
  channel:
    description: The channel of the Supervisor's updates.
    type: str
    choices: [stable, beta, dev]
    default: stable
  look_up_leaks:
    description: Whether the Supervisor is told to look secrets up among the leaked ones.
    type: bool
    default: true
extends_documentation_fragment:
  - hearthwall.home.home_assistant
  - hearthwall.home.attributes
attributes:
  platform:
    details: Hosts of the group C(haos).
    platforms: Home Assistant OS
seealso:
  - module: hearthwall.home.updates
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Have the tunnel run as declared, and accept what it needs
  hearthwall.home.apps:
    declared:
      tailscale: {state: started, boot: auto, auto_update: true, watchdog: true}
    accepted:
      tailscale: [host_network, NET_ADMIN, NET_RAW]
    repositories: [core, a0d7b954]
"""

RETURN = r"""
requests:
  description: What was, or would be, asked of the Supervisor. No option's value is told.
  returned: success
  type: list
  elements: str
  sample: ["core_mosquitto: protection mode is off"]
hearthwall_verdicts:
  description: What the controls of apps and of the Supervisor were found to be.
  returned: success
  type: list
  elements: dict
  sample: [{id: HW-APP-01, status: pass}]
"""
