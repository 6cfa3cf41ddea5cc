#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: tailscale
short_description: Keep a host in the tailnet as declared, and say what holds
version_added: 0.1.0
description:
  - With O(step=plan), settles where packages come from. The signing key is kept on the controller; it is fetched once,
    and only taken if it is the pinned one and alone.
  - With O(step=conclude), joins the tailnet where the host is not in it, serves what is declared and nothing else, sets
    the preferences that differ, and says what that means for the controls C(HW-TS-*).
  - A host that is in the tailnet is never logged in anew. No result holds a key.
options:
  step:
    description: Before the package is there, or after it.
    type: str
    choices: [plan, conclude]
    required: true
  node:
    description: What is declared of the device.
    type: dict
    required: true
    suboptions:
      tags:
        description: Its tags.
        type: list
        elements: str
        required: true
      hostname:
        description: Its name; empty for the host's own.
        type: str
        default: ""
      routes:
        description: The networks that it leads to.
        type: list
        elements: str
        default: []
      exit_node:
        description: Whether it leads to the internet.
        type: bool
        default: false
      accept_dns:
        description: Whether it asks the tailnet for names.
        type: bool
        default: false
      accept_routes:
        description: Whether it follows the routes of others.
        type: bool
        default: false
      ssh:
        description: Whether Tailscale SSH is on.
        type: bool
        default: false
      auto_update:
        description: Whether it updates itself.
        type: bool
        default: true
      lock:
        description: Whether tailnet lock has to be on.
        type: str
        choices: [any, required]
        default: any
      serve:
        description: Whether something is served to the tailnet.
        type: bool
        default: false
      serve_port:
        description: On which port.
        type: int
        default: 443
      serve_target:
        description: What is served. By default Home Assistant on this host.
        type: str
  repository:
    description: Where packages come from.
    type: dict
    required: true
    suboptions:
      url:
        description: The repository. C({distribution}) and C({codename}) are the host's.
        type: str
        required: true
      key_url:
        description: Where its signing key is fetched.
        type: str
        required: true
      key_file:
        description: Where the controller keeps it. By default beside the home's vault file.
        type: path
      fingerprint:
        description: The fingerprint of the only key that is taken.
        type: str
        required: true
  auth_key:
    description: A key that lets the host in.
    type: str
  oauth_secret:
    description: The secret of an OAuth client, instead of O(auth_key).
    type: str
  look_again:
    description: Whether something has changed since the snapshot was taken.
    type: bool
    default: false
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
- name: Join the tailnet and serve Home Assistant to it
  hearthwall.home.tailscale:
    step: conclude
    node:
      tags: ["tag:ha"]
      serve: true
    repository:
      url: https://pkgs.tailscale.com/stable/{distribution}
      key_url: https://pkgs.tailscale.com/stable/{distribution}/{codename}.noarmor.gpg
      fingerprint: 2596A99EAAB33821893C0A79458CA832957F5868
    auth_key: "{{ vault_tailscale_auth_key }}"
"""

RETURN = r"""
repository:
  description: Where packages come from, and the signing key.
  returned: with O(step=plan)
  type: dict
  sample: {url: https://pkgs.tailscale.com/stable/debian, suite: trixie, host: pkgs.tailscale.com, key: "-----BEGIN…"}
steps:
  description: What was done, or would be.
  returned: with O(step=conclude)
  type: list
  elements: str
  sample: [join, serve, set]
"""
