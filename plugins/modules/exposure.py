# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exposure
short_description: Work out what a home's declared ways in mean for one host
version_added: 0.1.0
description:
  - Derives the HTTP settings of Home Assistant, the services that its host lets in, and what its router lets through.
    Starts from the declared ways in and from what the snapshots of this run have seen.
  - Refuses a firewall that would lock the controller out, and ways in that lead to nobody.
  - Runs on the controller and changes nothing.
extends_documentation_fragment:
  - hearthwall.home.exposure
  - hearthwall.home.exposure.host
  - hearthwall.home.exposure.router
  - hearthwall.home.attributes
attributes:
  platform:
    platforms: linux
seealso:
  - module: hearthwall.home.host_firewall
  - module: hearthwall.home.ways_in
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Work out what the declared ways in mean for this host
  hearthwall.home.exposure:
    ways_in:
      - {name: front door, from: wan, to: ha, port: 443}
    management: [10.0.10.0/24]
  register: meaning
"""

RETURN = r"""
exposure:
  description: What the description means for this host, by subject.
  returned: always
  type: dict
  sample:
    http: {trusted_proxies: ["127.0.0.1", "::1"], login_attempts_threshold: 5}
"""
