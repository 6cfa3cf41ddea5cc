# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ha_accounts
short_description: Protect the accounts of a Home Assistant
version_added: 0.1.0
description:
  - Brings the accounts of a Home Assistant to the declared state - a second factor for every person whose password is
    held, containment as declared for the others, no empty or common password that may be replaced, no stale session
    or long-lived token.
  - Plans on the controller, from the host's snapshot, and makes no connection where nothing differs. Otherwise
    M(hearthwall.home.ha_accounts_visit) carries the plan out on the host.
  - Enrols through Home Assistant's own setup flow, as the person. The secret is written to the home's vault file before
    the flow is finished, and a fresh login with password and code proves it before success is claimed.
  - Refuses descriptions that would lock everybody out.
options:
  people:
    description:
      - The people, by username. Whoever has O(people) with C(password) is enrolled.
      - Keys of each - C(password) (from the vault), C(mfa) (V(required) or V(exempt)), C(contain) (V(report),
        V(local_only) or V(deactivate), for people without a second factor whose password is not held),
        C(admin) (boolean; left alone if not given), C(password_set) (whether an empty or common
        password is replaced by the one given here).
    type: dict
    default: {}
  unlisted:
    description: What is done about accounts that are not among O(people).
    type: str
    choices: [report, local_only, deactivate]
    default: report
  sessions:
    description: Limits of sessions - C(max_idle_days), C(max_age_days), and C(revoke), whether to end those beyond.
    type: dict
    default: {}
  tokens:
    description:
      - Limits of long-lived tokens - C(max_age_days), C(keep) (names, or username:name), and C(revoke).
      - Home Assistant does not note the use of a long-lived token, only its creation.
    type: dict
    default: {}
  admins:
    description: How many administrators there may be, C(max), the owner among them.
    type: dict
    default: {}
  password:
    description: Demands on passwords that are held - C(min_length); and C(depth), how much of the list is tested.
    type: dict
    default: {}
  show_qr:
    description: Whether to print the QR code of each new secret on the terminal. It is kept out of logs and results.
    type: bool
    default: false
extends_documentation_fragment:
  - hearthwall.home.home_assistant
  - hearthwall.home.home_assistant.websocket
  - hearthwall.home.attributes
requirements:
  - segno on the controller, for O(show_qr)
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Protect the accounts
  hearthwall.home.ha_accounts:
    people:
      olivia: {password: "{{ vault_olivia }}", admin: true}
      kiosk: {mfa: exempt, contain: local_only}
    unlisted: deactivate
    sessions: {max_idle_days: 90, revoke: true}
    tokens: {keep: [Grafana], max_age_days: 365, revoke: true}
    admin: {username: olivia, password: "{{ vault_olivia }}"}
"""

RETURN = r"""
outcome:
  description: What became of each planned action.
  returned: when a connection was made
  type: list
  elements: dict
  sample: [{kind: enrol, username: olivia, status: done, reason: ''}]
actions:
  description: The plan.
  returned: always
  type: list
  elements: dict
  sample: [{kind: enrol, username: olivia}]
hearthwall_verdicts:
  description: What the controls of the accounts were found to be.
  returned: always
  type: list
  elements: dict
  sample: [{id: HW-MFA-01, status: pass}]
"""
