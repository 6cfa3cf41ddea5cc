#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: visit
short_description: The half of M(hearthwall.home.bundle) that runs on the host
version_added: 0.1.0
description:
  - M(hearthwall.home.bundle) calls it, once, where something differs. It is of no use by itself.
options:
  payload:
    description: The desired state and its contents, packed by the controller so that no part of it shows in a log.
    type: str
    required: true
extends_documentation_fragment:
  - action_common_attributes
attributes:
  check_mode:
    support: none
    details: The action plans check mode on the controller and does not call this module then.
  diff_mode:
    support: none
    details: The action makes the diff from what this module returns.
  platform:
    platforms: debian
seealso:
  - module: hearthwall.home.bundle
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Use the action instead
  hearthwall.home.bundle:
    role: reverse_proxy
    control: HW-PROXY-01
    packages: [nginx]
"""

RETURN = r"""
differences:
  description: What differed when the visit looked again.
  returned: success
  type: list
  elements: dict
  sample: []
now:
  description: What stands at the end, in the words of the snapshot.
  returned: success
  type: dict
  sample: {paths: {}, services: {}, packages: {}, unknown: {}}
still:
  description: What differs even at the end.
  returned: success
  type: list
  elements: dict
  sample: []
cause:
  description: Why the visit did not reach its goal.
  returned: failure
  type: str
  sample: the new configuration was refused
standing:
  description: How the host stands after a failure.
  returned: failure
  type: str
  sample: Nothing was swapped in.
"""

import base64
import json
import zlib

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.visit import desired as wishes
from ansible_collections.hearthwall.home.plugins.module_utils.visit import errors, execute


def main():
    # What the controller's half sends: one opaque text, so that no part of it can show in a log.
    module = AnsibleModule(
        argument_spec={"payload": {"type": "str", "required": True, "no_log": True}},
        supports_check_mode=False,
    )
    request = json.loads(zlib.decompress(base64.b64decode(module.params["payload"])))
    try:
        desired = wishes.normalise(request["desired"])
    except wishes.DesiredError as error:
        module.fail_json(msg=str(error))
    for item in desired["files"]:
        item["data"] = base64.b64decode(request["contents"][item["path"]])
    visit = execute.Visit(
        desired, expected=request["expected"], installed=request["installed"], show_before=request["show_before"]
    )
    try:
        module.exit_json(**visit.run())
    except errors.VisitError as error:
        module.fail_json(msg=visit.redacted(str(error)), cause=error.cause, standing=error.standing, stuck=error.stuck)
    except errors.EXPECTED as error:
        module.fail_json(
            msg=visit.redacted(f"{error}. Nothing was changed."), cause=visit.redacted(str(error)), stuck=False
        )


if __name__ == "__main__":
    main()
