# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: description
short_description: Refuse a home's description with errors before anything is touched
version_added: 0.1.0
description:
  - Holds the variables of every host of the homes in the play against what the roles declare, and against each other,
    and names every problem at once - variable, host, what is wrong and how to mend it.
  - Looks at whole homes, also under C(--limit), because the parts of a home depend on each other.
  - Runs on the controller and makes no connection. Run it once, first.
options: {}
extends_documentation_fragment:
  - hearthwall.home.attributes.controller
  - hearthwall.home.attributes
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Refuse a description with errors before anything is touched
  hearthwall.home.description:
  run_once: true
"""

RETURN = r"""
problems:
  description: Everything that is wrong with the description.
  returned: always
  type: list
  elements: dict
  contains:
    variable:
      description: The variable, with the place inside it.
      returned: always
      type: str
      sample: accounts_people[0].mfa
    problem:
      description: What is wrong. Never the value of a secret.
      returned: always
      type: str
    fix:
      description: How to mend it.
      returned: always
      type: str
    hosts:
      description: The hosts that it concerns.
      returned: always
      type: list
      elements: str
homes:
  description: The homes whose descriptions were read.
  returned: always
  type: list
  elements: str
"""
