# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: verdict
short_description: Fail where findings are still open
version_added: 0.1.0
description:
  - The last task of a Hearthwall run. It fails a host on which a control at or above the threshold is V(fail),
    V(error), V(unknown) or V(waiver_expired), so that C(ansible-playbook) ends with exit status 2.
  - What could not be determined is not a pass. What a role did not say because C(--tags) or C(--skip-tags) left the
    whole role out does not count; the report shows it as unknown all the same.
  - Runs on the controller and makes no connection.
options:
  roles:
    description: The roles that were to speak. By default every role that declares controls.
    type: list
    elements: str
  fail_on:
    description:
      - The least severity that fails the host. By default the variable C(hearthwall_fail_on), and where that is unset
        what the home's profile (C(hearthwall_profile)) says.
    type: str
    choices: [critical, high, medium, low]
extends_documentation_fragment:
  - hearthwall.home.attributes.controller
  - hearthwall.home.attributes
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Fail on open findings at or above hearthwall_fail_on
  hearthwall.home.verdict:

- name: Judge a play of one role
  hearthwall.home.verdict:
    roles: [accounts]
    fail_on: medium
"""

RETURN = r"""
hearthwall_open:
  description: What is open at or above the threshold, worst first.
  returned: always
  type: list
  elements: dict
  sample: [{"id": "HW-MFA-01", "severity": "critical", "status": "fail"}]
"""
