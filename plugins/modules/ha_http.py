# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ha_http
short_description: Set Home Assistant's HTTP settings without locking anybody out
version_added: 0.1.0
description:
  - Lays the wanted settings over those that are there. Plans on the controller, from the host's snapshot, and makes no
    connection where nothing differs.
  - From release 2026.8 on, the settings are put on Home Assistant's own trial - it restarts with them, Hearthwall logs
    in anew and looks through the front door, and only then promotes them. Whatever fails, the old settings come back.
  - On older releases the block C(http) of C(configuration.yaml) becomes one line that includes a file of Hearthwall's
    own; everything else stays byte for byte. Home Assistant checks the files before it restarts, and they are put back
    if the restart fails.
  - Bans that hit a proxy or Home Assistant itself are taken out of C(ip_bans.yaml).
options:
  settings:
    description:
      - The settings, by Home Assistant's names - C(server_host), C(server_port), C(ssl_certificate),
        C(ssl_peer_certificate), C(ssl_key), C(ssl_profile), C(cors_allowed_origins), C(use_x_forwarded_for),
        C(trusted_proxies), C(login_attempts_threshold), C(ip_ban_enabled), C(use_x_frame_options).
      - What is not named is left as it is; V(null) takes a setting away.
    type: dict
    default: {}
  verify_urls:
    description: Front doors that have to lead to Home Assistant before the settings are promoted.
    type: list
    elements: dict
    default: []
    suboptions:
      url:
        description: The address that visitors use.
        type: str
        required: true
      resolve:
        description: The address to connect to, in place of what the name resolves to.
        type: str
      ca_file:
        description: The authority to trust, a file on the host. By default the host's own.
        type: str
      ca:
        description: The authority to trust, as PEM text.
        type: str
  control:
    description: The control that the caller serves, for the reader. Each setting has its own.
    type: str
    default: ''
extends_documentation_fragment:
  - hearthwall.home.home_assistant
  - hearthwall.home.home_assistant.websocket
  - hearthwall.home.attributes
requirements:
  - PyYAML on the host, before release 2026.8 (Debian package python3-yaml)
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Let Home Assistant trust the proxy, and nobody else
  hearthwall.home.ha_http:
    settings:
      use_x_forwarded_for: true
      trusted_proxies: [10.0.10.1]
      login_attempts_threshold: 5
    verify_urls:
      - {url: "https://ha.example.org", resolve: 10.0.10.1}
"""

RETURN = r"""
differing:
  description: The settings that differed.
  returned: always
  type: list
  elements: str
  sample: [trusted_proxies]
hearthwall_verdicts:
  description: What the controls of the HTTP settings were found to be.
  returned: always
  type: list
  elements: dict
  sample: [{id: HW-HTTP-01, status: pass}]
"""
