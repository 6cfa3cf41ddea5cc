# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: home_complete
short_description: Go on only while no host of the home is missing
version_added: 0.2.0
description:
  - Stops a host where another host of its home failed or could not be reached before, in this play or in an earlier one
    of the run. What it would have carried may be the new way in; so whoever closes old ones asks first.
  - A host is missed only if the play names it. One that C(--limit) leaves out is not missed.
  - A dry run cuts nobody off, so it goes on. Runs on the controller and makes no connection.
options: {}
extends_documentation_fragment:
  - hearthwall.home.attributes.controller
  - hearthwall.home.attributes
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Close nothing while a host of the home is missing
  hearthwall.home.home_complete:
"""

RETURN = r"""
missing:
  description: The hosts of the home that are missing; in a dry run there may be some.
  returned: success
  type: list
  elements: str
"""
