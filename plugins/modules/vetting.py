# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: vetting
short_description: Hold the code inside a Home Assistant against what a person approved
version_added: 0.1.0
description:
  - Compares what the snapshot found inside Home Assistant (custom integrations, front-end modules, blueprints, scripts,
    commands, importable modules) with the home's list of approved code, by content.
  - Makes no connection where everything is as approved. Otherwise M(hearthwall.home.vetting_visit) reads the code
    through on the host, shows what changed since the approval, and moves into quarantine what is declared to go there.
  - A quarantine restarts Home Assistant; where it does not come up, everything is put back.
  - Never approves anything. It can write a proposal, which a person takes over.
options:
  approved:
    description:
      - The approved code, by kind (V(integrations), V(frontend), V(blueprints), V(scripts), V(modules), V(commands))
        and name. Each entry has C(source), C(version), C(sha256), C(approved_by), C(approved_on), and may have
        C(maintained_on).
    type: dict
    default: {}
  unmaintained_months:
    description: After how many months without a change at its source something counts as abandoned.
    type: int
    default: 24
  quarantine:
    description: What is moved out of Home Assistant's reach.
    type: list
    elements: str
    choices: [unlisted, changed, updated, shadowing, blocked, unmaintained, bytecode]
    default: []
  restore:
    description: Names or ids of what is put back from quarantine, instead of anything else.
    type: list
    elements: str
    default: []
  propose:
    description: The file on the controller that gets the entries a person may take over.
    type: path
extends_documentation_fragment:
  - hearthwall.home.home_assistant
  - hearthwall.home.attributes
seealso:
  - module: hearthwall.home.vetting_visit
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Hold the code inside Home Assistant against the approved list
  hearthwall.home.vetting:
    approved:
      integrations:
        garden_lights:
          source: https://github.com/somebody/garden_lights
          version: 2.0.1
          sha256: 5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5
          approved_by: olivia
          approved_on: 2026-11-01
    quarantine: [changed, blocked]
"""

RETURN = r"""
reviews:
  description: What there is to look at in code that nobody approved.
  returned: success
  type: list
  elements: dict
  sample: [{kind: integrations, name: doorbell_plus, calls: ['telemetry.py:7 hides text (base64.b64decode)']}]
proposed:
  description: The entries that a person may take over.
  returned: success
  type: dict
  sample: {}
moved:
  description: What went into quarantine in this run.
  returned: success
  type: list
  elements: dict
  sample: []
quarantined:
  description: What is in quarantine.
  returned: success
  type: list
  elements: dict
  sample: []
hearthwall_verdicts:
  description: What the controls of the code were found to be.
  returned: success
  type: list
  elements: dict
  sample: [{id: HW-VET-02, status: fail}]
"""
