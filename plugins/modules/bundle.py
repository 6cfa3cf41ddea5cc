#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: bundle
short_description: Bring packages, files, links and services to a described state as one change
version_added: 0.1.0
description:
  - Plans on the controller what differs between the description and the snapshot of the host. Where nothing differs it
    makes no connection. Where something differs it makes one module call that looks again, stages and validates the
    whole set, swaps it in, reloads, checks health, and on any failure puts everything back.
  - Check mode says exactly what would change and changes nothing, also on a host where nothing is installed yet.
  - Missing packages are installed through M(ansible.builtin.apt) before the visit, with services kept from starting
    with the settings of the distribution. Installed packages stay when the rest is put back; services that came with
    them are stopped and disabled then.
  - Once O(guard) is given, the host puts the old state back by itself, also after a restart, unless the controller
    confirms over a new connection in time.
  - What stood before is kept below C(/var/lib/hearthwall/journal) until the change stands.
  - Keeps owner, group, mode, content and time of files. Access control lists and extended attributes are not kept.
options:
  role:
    description: The role that owns the paths.
    type: str
    required: true
  control:
    description: The control that every item serves that names none of its own.
    type: str
    required: true
  packages:
    description: Packages to have, by name or as mappings with C(name) and C(control). Never removed.
    type: list
    elements: raw
    default: []
  directories:
    description: Directories to have. Anything else in them is left alone.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where.
        type: path
        required: true
      mode:
        description: Its mode, as quoted octal digits.
        type: str
        default: "0755"
      owner:
        description: Who owns it.
        type: str
        default: root
      group:
        description: Its group.
        type: str
        default: root
      control:
        description: The control that it serves.
        type: str
  files:
    description: Files to have, whole.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where.
        type: path
        required: true
      template:
        description: A template of the role, rendered on the controller as M(ansible.builtin.template) would.
        type: str
      content:
        description: The content itself.
        type: str
      mode:
        description: Its mode, as quoted octal digits. By default V(0600) for secret files and V(0644) for others.
        type: str
      owner:
        description: Who owns it.
        type: str
        default: root
      group:
        description: Its group.
        type: str
        default: root
      secret:
        description: Whether the content must not be shown anywhere.
        type: bool
        default: false
      control:
        description: The control that it serves.
        type: str
  links:
    description: Symbolic links to have.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where.
        type: path
        required: true
      target:
        description: What it points to.
        type: str
        required: true
      control:
        description: The control that it serves.
        type: str
  absent:
    description:
      - Paths where nothing should be, as text or as mappings with C(path) and C(control).
      - Files, links and empty directories can be removed.
    type: list
    elements: raw
    default: []
  prepare:
    description: Commands before validation. One with C(creates) runs only where that path is missing.
    type: list
    elements: dict
    default: []
    suboptions: &command
      argv:
        description: The command, word by word. No shell reads it.
        type: list
        elements: str
        required: true
      creates:
        description: The path that it makes.
        type: path
      secret:
        description: Whether the command and what it says must not be shown.
        type: bool
        default: false
      timeout:
        description: Seconds that it may take.
        type: float
        default: 60
      control:
        description: The control that it serves.
        type: str
  validate:
    description:
      - Commands that judge the new state before anything is swapped in. C({stage}) in their words is a folder with a
        copy of O(validate[].trees) and the new state laid over it.
      - A command with trees but without C({stage}) sees the copy at the real paths, in a mount namespace of its own.
        Where the host does not allow that, it runs right after the swap instead, before anything is reloaded.
    type: list
    elements: dict
    default: []
    suboptions:
      argv:
        description: The command, word by word.
        type: list
        elements: str
        required: true
      trees:
        description: The directories and files to copy.
        type: list
        elements: path
        default: []
      secret:
        description: Whether the command and what it says must not be shown.
        type: bool
        default: false
      timeout:
        description: Seconds that it may take.
        type: float
        default: 60
  commands:
    description:
      - Commands after the swap, when something below one of their C(on) changed.
      - They run again when the change is put back.
    type: list
    elements: dict
    default: []
    suboptions:
      argv:
        description: The command, word by word.
        type: list
        elements: str
        required: true
      "on":
        description:
          - Paths, or V(packages) for any package that was installed.
          - Without it the command runs at every change.
        type: list
        elements: str
        default: []
      secret:
        description: Whether the command and what it says must not be shown.
        type: bool
        default: false
      timeout:
        description: Seconds that it may take.
        type: float
        default: 60
  services:
    description: Units and how they should be.
    type: list
    elements: raw
    default: []
  finish:
    description: Commands once the services run. One with C(creates) runs only where that path is missing.
    type: list
    elements: dict
    default: []
    suboptions: *command
  health:
    description: Checks at the end; each is a command (C(argv)) or an address to connect to (C(tcp)).
    type: list
    elements: dict
    default: []
    suboptions:
      argv:
        description: A command that succeeds when all is well.
        type: list
        elements: str
      tcp:
        description: An address and port that must accept a connection.
        type: str
      secret:
        description: Whether the command and what it says must not be shown.
        type: bool
        default: false
      retries:
        description: How often it is tried.
        type: int
        default: 10
      delay:
        description: Seconds between two tries.
        type: float
        default: 1
      timeout:
        description: Seconds that one try may take.
        type: float
        default: 10
  guard:
    description: Makes this a guarded change. Takes C(timeout), the seconds within which it has to be confirmed.
    type: dict
    suboptions:
      timeout:
        description: Seconds, from the moment at which everything is in place.
        type: float
        default: 60
  runtime:
    description: State of the kernel that the change touches and that putting back has to bring back too.
    type: list
    elements: str
    choices: [nftables]
    default: []
  controls:
    description: Words for the report, by control. Takes C(expected).
    type: dict
    default: {}
extends_documentation_fragment:
  - hearthwall.home.attributes
attributes:
  delegation:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: debian
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Serve Home Assistant through nginx
  hearthwall.home.bundle:
    role: reverse_proxy
    control: HW-PROXY-01
    packages: [nginx]
    files:
      - path: /etc/nginx/nginx.conf
        template: nginx.conf.j2
    absent:
      - /etc/nginx/sites-enabled/default
    validate:
      - argv: [nginx, -t]
        trees: [/etc/nginx]
    services:
      - name: nginx.service
        enabled: true
        state: started
        reload_on: [/etc/nginx]
    health:
      - tcp: 127.0.0.1:443

- name: Filter packets, and come back by itself if that cuts us off
  hearthwall.home.bundle:
    role: exposure
    control: HW-EXPOSE-01
    files:
      - path: /etc/nftables.conf
        template: nftables.conf.j2
        mode: "0600"
    validate:
      - argv: [nft, -c, -f, "{stage}/etc/nftables.conf"]
        trees: [/etc/nftables.conf]
    services:
      - name: nftables.service
        enabled: true
        state: started
        reload_on: [/etc/nftables.conf]
    runtime: [nftables]
    guard:
      timeout: 60
"""

RETURN = r"""
differences:
  description: What differed, in the order of mending.
  returned: always
  type: list
  elements: dict
  sample:
    - kind: file
      name: /etc/nginx/nginx.conf
      control: HW-PROXY-01
      why: [content differs]
      before: {type: file, mode: "0644", owner: root, group: root, target: null}
      after: {type: file, mode: "0644", owner: root, group: root}
      secret: false
replanned:
  description: Paths and units that somebody changed after the snapshot was taken; the visit planned anew for them.
  returned: when a visit was made
  type: list
  elements: str
  sample: []
recovered:
  description: Earlier visits that had been cut short and were put back first.
  returned: when a visit was made
  type: list
  elements: str
  sample: []
guard:
  description: The guarded change that was confirmed.
  returned: when O(guard) is given and a visit was made
  type: dict
  sample: {id: exposure-20261123T150000Z-1a2b3c, timeout: 60, state: confirmed}
hearthwall_verdicts:
  description: What the controls were found to be, or were brought to.
  returned: always
  type: list
  elements: dict
  sample:
    - {id: HW-PROXY-01, status: pass, expected: nginx as described, actual: as described, evidence: "", changed: true}
"""
