# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: drift_lately
short_description: Say whether the scheduled dry run has looked at the home lately
version_added: 0.2.0
description:
  - Reads the reports that C(playbooks/schedule.yml) has its timer write, in the directory of the home's reports
    (C(hearthwall_reports_dir)). Runs on the controller and makes no connection.
  - Where the directory holds no report of a scheduled run the control is V(unknown), for the timer may run on another
    machine.
options:
  silent_after_hours:
    description: How old the newest of them may be.
    type: float
    default: 36
extends_documentation_fragment:
  - hearthwall.home.attributes.controller
  - hearthwall.home.attributes
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Say whether somebody looks again and again
  hearthwall.home.drift_lately:
    silent_after_hours: 36
"""

RETURN = r"""
hearthwall_verdicts:
  description: What was found about the control.
  returned: success
  type: list
  elements: dict
  sample:
    - id: HW-POST-01
      status: pass
      expected: a scheduled dry run within 36 h
      actual: the newest scheduled dry run ended at 2026-11-23 04:10 UTC, 9.5 h ago
      evidence: /srv/hearthwall/reports/myhome
      changed: false
"""
