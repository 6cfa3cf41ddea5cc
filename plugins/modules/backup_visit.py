#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: backup_visit
short_description: Run one of the services about copies, and look at the copies again
version_added: 0.1.0
description:
  - The host's half of M(hearthwall.home.backup_copy) and M(hearthwall.home.backup_upkeep), which call it.
options:
  unit:
    description: The service to run to its end; none to only look.
    type: str
    default: ''
  wait:
    description: Seconds to wait for its end. It goes on if that is not enough.
    type: int
    default: 3600
  look:
    description: Parameters of the look that follows.
    type: dict
    required: true
extends_documentation_fragment:
  - hearthwall.home.attributes.host
  - action_common_attributes
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Copy now
  hearthwall.home.backup_visit:
    unit: hearthwall-backup.service
    look: {parts: [device]}
"""

RETURN = r"""
backup:
  description: The look afterwards.
  returned: success
  type: dict
unknown:
  description: What the look could not determine, and why.
  returned: success
  type: dict
taken:
  description: When the look was taken.
  returned: success
  type: str
"""

import subprocess
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.backup import look, state


def run(unit, seconds):
    """Start a oneshot service and wait for its end; how it ended is in what it leaves behind."""
    subprocess.run(["systemctl", "reset-failed", unit], capture_output=True, timeout=60, check=False)
    subprocess.run(["systemctl", "start", "--no-block", unit], capture_output=True, timeout=60, check=False)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        shown = subprocess.run(
            ["systemctl", "show", "--property=ActiveState,SubState,Job", unit],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        ).stdout
        about = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        waiting = about.get("SubState") == "auto-restart" or about.get("ActiveState") in ("inactive", "failed")
        if waiting and about.get("Job", "0") in ("", "0"):
            return
        time.sleep(0.3)


def main():
    module = AnsibleModule(
        argument_spec={
            "unit": {"type": "str", "default": ""},
            "wait": {"type": "int", "default": 3600},
            "look": {"type": "dict", "required": True},
        }
    )
    if module.params["unit"]:
        run(module.params["unit"], module.params["wait"])
    value, unknown = look.look(module.params["look"])
    module.exit_json(changed=bool(module.params["unit"]), backup=value, unknown=unknown, taken=state.now())


if __name__ == "__main__":
    main()
