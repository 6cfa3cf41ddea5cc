#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: tailscale_visit
short_description: Bring a host's Tailscale to what is declared
version_added: 0.1.0
description:
  - Does on the host what M(hearthwall.home.tailscale) has planned. It joins the tailnet, serves what is declared and
    nothing else, and sets the preferences that differ. It looks again first, and leaves alone what agrees.
  - The key is lent to Tailscale as a file in memory that only root can read, and that is gone afterwards.
options:
  wish:
    description: What is declared, as M(hearthwall.home.tailscale) settles it.
    type: dict
    required: true
  key:
    description: What lets the host into the tailnet. Needed only where it is not in it.
    type: str
extends_documentation_fragment:
  - hearthwall.home.attributes.host
  - action_common_attributes
author:
  - Hearthwall contributors (@hearthwall)
"""

EXAMPLES = r"""
- name: Serve Home Assistant to the tailnet
  hearthwall.home.tailscale_visit:
    wish:
      tags: [tag:ha]
      hostname: ""
      routes: []
      exit_node: false
      accept_dns: false
      accept_routes: false
      ssh: false
      auto_update: true
      serve: {port: 443, target: http://127.0.0.1:8123}
"""

RETURN = r"""
done:
  description: The steps that were done.
  returned: always
  type: list
  elements: str
  sample: [join, serve, set]
broken:
  description: The step that failed, and Tailscale's own word for it.
  returned: always
  type: dict
  sample: {step: join, cause: "backend error: invalid key: API key does not exist"}
tailscale:
  description: What Tailscale is like afterwards.
  returned: always
  type: dict
  sample: {installed: true, state: Running}
unknown:
  description: What of it could not be read.
  returned: always
  type: dict
  sample: {}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hearthwall.home.plugins.module_utils.tailscale import look, visit


def main():
    module = AnsibleModule(
        argument_spec={
            "wish": {"type": "dict", "required": True},
            "key": {"type": "str", "no_log": True},
        }
    )
    done, broken = [], None
    try:
        visit.bring(module.params["wish"], module.params["key"], done)
    except visit.StepError as error:
        broken = {"step": error.step, "cause": str(error)}
    seen, unknown = look.look()
    module.exit_json(changed=bool(done), done=done, broken=broken, tailscale=seen, unknown=unknown)


if __name__ == "__main__":
    main()
