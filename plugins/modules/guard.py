#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: guard
short_description: Make a host put a change back by itself unless it is confirmed in time
version_added: 0.1.0
description:
  - With O(state=armed) it keeps what stands now and starts a timer on the host. Whatever is changed afterwards is put
    back when the timer runs out, unless O(state=confirmed) came over a new connection before.
  - M(hearthwall.home.bundle) does all of this by itself for its own changes. Use this module around changes that other
    modules make.
  - The timer and what it needs are on disk. If the host restarts before the change is confirmed, it starts with the old
    files and then puts back the rest.
  - Needs systemd on the host. Where there is none O(state=armed) fails, and the change should not be made.
options:
  state:
    description:
      - V(armed) keeps what stands at O(paths), O(units) and O(runtime) and starts the timer.
      - V(confirmed) makes the change stand. It fails when the old state is back already, and when it comes over the
        connection that made the change.
      - V(restored) puts the old state back now.
      - V(status) tells about O(id), or about all changes that are neither confirmed nor put back.
    type: str
    choices: [armed, confirmed, restored, status]
    required: true
  id:
    description: The change, as O(state=armed) named it.
    type: str
  role:
    description: Who makes the change; part of the name of the new change.
    type: str
    default: hand
  paths:
    description: Files, links and directories to keep. What does not exist now is removed when the rest is put back.
    type: list
    elements: path
    default: []
  units:
    description: Units to bring back to the way they are now, by name, or with what they need then.
    type: dict
    default: {}
  runtime:
    description: State of the kernel to keep.
    type: list
    elements: str
    choices: [nftables]
    default: []
  commands:
    description: Commands to run when everything else is back, each a list of words.
    type: list
    elements: list
    default: []
  timeout:
    description: Seconds from now within which the change has to be made and confirmed.
    type: float
    default: 60
extends_documentation_fragment:
  - action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    platforms: debian
seealso:
  - module: hearthwall.home.bundle
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Keep the SSH server's settings for two minutes
  hearthwall.home.guard:
    state: armed
    paths:
      - /etc/ssh/sshd_config
    units:
      ssh.service: reload
    timeout: 120
  register: guarded

- name: Make the next task use a new connection
  ansible.builtin.meta: reset_connection

- name: It still lets us in, so it may stay
  hearthwall.home.guard:
    state: confirmed
    id: "{{ guarded.id }}"
"""

RETURN = r"""
id:
  description: The change.
  returned: when O(state) is V(armed), V(confirmed) or V(restored)
  type: str
  sample: hand-20261123T150000Z-1a2b3c
restores_at:
  description: When the host puts the old state back.
  returned: when O(state=armed)
  type: str
  sample: "2026-11-23T15:01:00Z"
guards:
  description: The changes asked about.
  returned: when O(state=status)
  type: list
  elements: dict
  sample:
    - {id: hand-20261123T150000Z-1a2b3c, role: hand, state: unconfirmed, remaining: 42, paths: [/etc/ssh/sshd_config]}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.visit import command, errors, guard, journal

AGAIN = ("reload", "restart", None)


def main():
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "required": True, "choices": ["armed", "confirmed", "restored", "status"]},
            "id": {"type": "str"},
            "role": {"type": "str", "default": "hand"},
            "paths": {"type": "list", "elements": "path", "default": []},
            "units": {"type": "dict", "default": {}},
            "runtime": {"type": "list", "elements": "str", "choices": ["nftables"], "default": []},
            "commands": {"type": "list", "elements": "list", "default": []},
            "timeout": {"type": "float", "default": 60},
        },
        required_if=[("state", "confirmed", ("id",)), ("state", "restored", ("id",))],
        supports_check_mode=True,
    )
    try:
        module.exit_json(**act(module))
    except (*errors.EXPECTED, guard.GuardError) as error:
        module.fail_json(msg=str(error))


def act(module):
    """Do what was asked and return the result."""
    params, state = module.params, module.params["state"]
    if state == "status":
        return {"changed": False, "guards": guard.status(params["id"])}
    if state == "armed":
        wrong = sorted(unit for unit, again in params["units"].items() if again not in AGAIN)
        if wrong:
            module.fail_json(msg=f"units: {', '.join(wrong)}: must be reload, restart or nothing")
        if module.check_mode:
            return {"changed": True, "id": None, "restores_at": None}
        return {"changed": True, **arm(params)}
    if module.check_mode:
        return {"changed": bool(guard.status(params["id"])), "id": params["id"]}
    if state == "confirmed":
        return {"changed": True, **guard.confirm(params["id"])}
    failures, notes = guard.restore(params["id"])
    if failures:
        module.fail_json(msg=f"Not everything could be put back: {'; '.join(failures)}", notes=notes)
    return {"changed": True, "id": params["id"], "notes": notes}


def arm(params):
    """Keep what stands and start the clock; the change itself is somebody else's task."""
    folder = journal.create(
        params["role"],
        paths=params["paths"],
        unit_actions=params["units"],
        runtime=params["runtime"],
        commands=[{"argv": argv, "timeout": command.TIMEOUT} for argv in params["commands"]],
        limit=params["timeout"],
    )
    try:
        guard.arm(folder, params["timeout"])
    except BaseException:
        guard.disarm(folder)
        journal.close(folder)
        raise
    journal.update(folder, touched=True)
    return guard.await_confirmation(folder)


if __name__ == "__main__":
    main()
