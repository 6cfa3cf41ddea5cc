#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot
short_description: See in one call what Hearthwall needs to know about a host
version_added: 0.1.0
description:
  - Takes one snapshot of a host and keeps it as the fact C(hearthwall_snapshot). Everything that Hearthwall does later
    in the run is planned against it on the controller, so that no connection is made where nothing differs.
  - Used as a task it always takes a new snapshot. Every other Hearthwall task takes one where this run has none yet.
  - Which looks a host gets follows from its groups. Members of C(home_assistant) get the looks V(firewall),
    V(home_assistant), V(vetting), V(updates), V(cloud) and V(ways_in), of C(router) V(firewall), V(ways_in) and
    V(switch), of C(edge) V(certificates) and V(front_door), of C(home_assistant) and C(backup_store) V(backup), of
    C(wireguard) V(firewall) and V(wireguard), of C(tailscale) V(tailscale); all get the others.
  - A look that fails leaves its part empty, with the reason under C(unknown). The snapshot never fails because of it.
  - A visit that was cut short (a crash, a power cut) is put back first, except in check mode, where it is reported.
  - Carries facts about secrets, never secrets.
options:
  looks:
    description: The looks to take. By default those that the groups of the host call for.
    type: list
    elements: str
    choices: [system, paths, packages, services, listeners, certificates, front_door, firewall, home_assistant,
      vetting, updates, cloud, ways_in, switch, backup, wireguard, tailscale]
  paths:
    description: Paths to look at beside those that Hearthwall manages on the host.
    type: list
    elements: path
    default: []
  secret_paths:
    description: Those of O(paths) whose content is secret. Their fingerprint is salted and slow to compute.
    type: list
    elements: path
    default: []
  units:
    description: Units to look at even if nothing of them is installed.
    type: list
    elements: str
    default: []
  certificates:
    description: Certificates in PEM form, or directories of them, for the look V(certificates).
    type: list
    elements: path
    default: []
  texts:
    description: Files whose content is returned as RV(texts), for a diff.
    type: list
    elements: path
    default: []
  manifest:
    description: Whether to look at everything that Hearthwall manages on the host, or only at what is named here.
    type: bool
    default: true
  remember:
    description:
      - What to add to the list of what Hearthwall manages on the host, so that the next snapshot covers it.
      - Takes the keys C(paths) and C(units). Not done in check mode.
    type: dict
    default: {}
  home_assistant:
    description:
      - Parameters of the look V(home_assistant). By default the variables C(hearthwall_ha_*), credentials left out.
    type: dict
    default: {}
  ways_in:
    description: Parameters of the look V(ways_in).
    type: dict
    default: {}
  backup:
    description:
      - Parameters of the look V(backup). C(parts) names whether the host is a V(device) that is copied, a V(store) of
        copies, or both; C(written_after) waits until Home Assistant has written its settings since then.
    type: dict
    default: {}
  budget:
    description: Seconds that slow looks may take together. By default 4 in check mode and 60 otherwise.
    type: float
extends_documentation_fragment:
  - hearthwall.home.attributes
attributes:
  delegation:
    support: full
  platform:
    platforms: debian
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: See what this host is like
  hearthwall.home.snapshot:

- name: See more than what is managed
  hearthwall.home.snapshot:
    paths:
      - /etc/ssh/sshd_config
    units:
      - ssh.service
"""

RETURN = r"""
snapshot:
  description: What was seen; also the fact C(hearthwall_snapshot).
  returned: always
  type: dict
  sample:
    schema: hearthwall.snapshot/1
    taken: "2026-11-23T15:00:00Z"
    system: {distribution: debian, version: "13", service_manager: systemd, privileged: true}
    paths:
      /etc/nginx/nginx.conf: {type: file, mode: "0644", owner: root, group: root, size: 1446, sha256: 9f86d0…}
    packages: {nginx: 1.26.3-3}
    services:
      nginx.service: {active: active, enabled: enabled, since: "2026-11-23T14:00:00Z"}
    listeners:
      - {proto: tcp, address: 0.0.0.0, port: 443, process: nginx, unit: nginx.service}
    pending: []
    unknown: {}
recovered:
  description: Visits that had been cut short and were put back.
  returned: always
  type: list
  elements: str
  sample: []
texts:
  description: The content of the files named by O(texts).
  returned: when O(texts) names any
  type: dict
  sample:
    /etc/hostname: "ha\n"
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.host import manifest
from ansible_collections.hearthwall.home.plugins.module_utils.snapshot import BASE, MORE, Snapshot
from ansible_collections.hearthwall.home.plugins.module_utils.visit import guard, journal, rollback, texts


def main():
    module = AnsibleModule(
        argument_spec={
            "looks": {"type": "list", "elements": "str", "choices": [*BASE, *MORE]},
            "paths": {"type": "list", "elements": "path", "default": []},
            "secret_paths": {"type": "list", "elements": "path", "default": [], "no_log": False},
            "units": {"type": "list", "elements": "str", "default": []},
            "certificates": {"type": "list", "elements": "path", "default": []},
            "texts": {"type": "list", "elements": "path", "default": []},
            "manifest": {"type": "bool", "default": True},
            "remember": {"type": "dict", "default": {}},
            "home_assistant": {"type": "dict", "default": {}},
            "ways_in": {"type": "dict", "default": {}},
            "backup": {"type": "dict", "default": {}},
            "budget": {"type": "float"},
        },
        supports_check_mode=True,
    )
    recovered, failures = [], []
    if not module.check_mode and os.geteuid() == 0 and os.path.isdir(journal.base()):
        recovered, failures = recover()
    looks = module.params["looks"]
    taken = Snapshot(looks if looks is not None else BASE, module.params).take()
    if failures:
        taken["unknown"]["pending"] = "; ".join(failures)
    if not module.check_mode and module.params["remember"]:
        wanted = module.params["remember"]
        manifest.add(wanted.get("paths") or {}, wanted.get("units") or {})
    result = {"changed": bool(recovered), "snapshot": taken, "recovered": recovered}
    if module.params["texts"]:
        result["texts"] = texts.read(module.params["texts"])
    if failures:
        module.warn(f"A visit that was cut short could not be put back: {'; '.join(failures)}")
    module.exit_json(**result)


def recover():
    """Put back what visits that were cut short have left."""
    recovered, failures = [], []
    for left in journal.pending():
        if left["state"] != "unfinished":
            continue
        folder = os.path.join(journal.base(), left["id"])
        failed, _notes = rollback.put_back(folder)
        if failed:
            failures += failed
        else:
            guard.disarm(folder)
            recovered.append(left["id"])
    return recovered, failures


if __name__ == "__main__":
    main()
