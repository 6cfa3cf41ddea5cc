# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: alert_paths
short_description: Keep the automation that takes alerts in to Home Assistant
version_added: 0.2.0
description:
  - Compares Hearthwall's automation with the one in C(automations.yaml), and writes it through Home Assistant's own
    interface where it differs. Automations of others are left alone.
  - Says whether alerts have a path that does not need Home Assistant.
options:
  automation:
    description: The automation as Home Assistant keeps it, with its C(id). Empty where none is wanted.
    type: dict
    default: {}
  apprise:
    description: How many targets of Apprise are declared.
    type: int
    default: 0
extends_documentation_fragment:
  - hearthwall.home.home_assistant
  - hearthwall.home.attributes
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Let alerts reach Home Assistant's notify services
  hearthwall.home.alert_paths:
    apprise: 1
    automation:
      id: hearthwall_alerts
      alias: "Hearthwall: alerts"
      triggers: [{trigger: webhook, webhook_id: "{{ vault_webhook_id }}", local_only: true}]
      actions: [{action: persistent_notification.create, data: {message: "An alert came in"}}]
"""

RETURN = r"""
hearthwall_verdicts:
  description: What was found about each control.
  returned: success
  type: list
  elements: dict
  sample:
    - id: HW-ALERT-06
      status: pass
      expected: at least one target of Apprise
      actual: 1 declared
      evidence: ''
      changed: false
"""
