#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: front_door
short_description: Say how a host's front door behaves, by coming to it as a client would
version_added: 0.1.0
description:
  - Makes handshakes and requests to the host itself and says what they mean for the controls C(HW-PROXY-*) and
    C(HW-TLS-*). Not the configuration counts but what is served.
  - Uses what the snapshot of this run has seen, unless O(look_again) says that something has changed since, or the
    snapshot has not looked.
  - Reads only.
options:
  names:
    description: The names under which Home Assistant is served, the main one first.
    type: list
    elements: str
    required: true
  https_port:
    description: The port for HTTPS.
    type: int
    default: 443
  http_port:
    description: The port for the redirect to HTTPS; V(0) for none.
    type: int
    default: 80
  profile:
    description: Profile of Mozilla's server side TLS guideline.
    type: str
    choices: [intermediate, modern]
    default: intermediate
  source:
    description: Where the certificate comes from.
    type: str
    choices: [acme, provided, self_signed]
    default: acme
  certificate:
    description: The file that nginx takes the certificate from.
    type: path
    required: true
  key:
    description: The file that nginx takes the private key from.
    type: path
    required: true
  directory_url:
    description: The ACME directory that the certificate has to come from.
    type: str
    default: ""
  min_days:
    description: How many days the certificate has to be good for.
    type: int
    default: 10
  hsts_max_age:
    description: The least C(max-age) of Strict-Transport-Security.
    type: int
    default: 63072000
  client_certificates:
    description: Whether clients need certificates.
    type: str
    choices: [none, optional, required]
    default: none
  addresses:
    description: Whether lists of addresses are declared.
    type: bool
    default: false
  look_again:
    description: Whether something has changed since the snapshot was taken.
    type: bool
    default: false
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
- name: See whether the front door does what is declared
  hearthwall.home.front_door:
    names:
      - ha.example.org
    certificate: /etc/hearthwall/tls/ha.example.org.pem
    key: /etc/hearthwall/tls/ha.example.org.pem
    directory_url: https://acme-v02.api.letsencrypt.org/directory
"""

RETURN = r"""
front_door:
  description: What was seen.
  returned: always
  type: dict
  sample:
    asked: {name: ha.example.org, https_port: 443, http_port: 80, profile: intermediate}
    problem: null
    protocol: TLSv1.3
    status: 200
    serves_held: true
    strangers: {"None": null, stranger.invalid: null}
    excluded: []
unknown:
  description: What could not be seen, and why.
  returned: always
  type: dict
  sample: {}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.tls import front_door


def main():
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "https_port": {"type": "int", "default": 443},
            "http_port": {"type": "int", "default": 80},
            "profile": {"type": "str", "choices": ["intermediate", "modern"], "default": "intermediate"},
            "source": {"type": "str", "choices": ["acme", "provided", "self_signed"], "default": "acme"},
            "certificate": {"type": "path", "required": True},
            "key": {"type": "path", "required": True, "no_log": False},
            "directory_url": {"type": "str", "default": ""},
            "min_days": {"type": "int", "default": 10},
            "hsts_max_age": {"type": "int", "default": 63072000},
            "client_certificates": {"type": "str", "choices": ["none", "optional", "required"], "default": "none"},
            "addresses": {"type": "bool", "default": False},
            "look_again": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    door, unknown = front_door.look({**module.params, "name": module.params["names"][0]})
    module.exit_json(changed=False, front_door=door, unknown=unknown)


if __name__ == "__main__":
    main()
