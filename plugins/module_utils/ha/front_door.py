# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The front door as visitors see it: does Home Assistant answer through it, with a certificate that counts?"""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.ha import client
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import Unreachable

# Asked without credentials: it answers with data, and counts for no ban.
QUESTION = "/auth/providers"


def problem(target, timeout=10):
    """Return why a front door does not lead to Home Assistant, or None if it does.

    ``target`` is {url, resolve, ca_file, ca}: the address to connect to in place of what the name resolves to,
    and the authority to trust, as a file on this host or as PEM text.
    """
    url = target["url"].rstrip("/") + QUESTION
    try:
        answer = client.request(
            "GET",
            url,
            timeout=timeout,
            resolve=target.get("resolve"),
            ca_file=target.get("ca_file"),
            ca_data=target.get("ca"),
        )
    except Unreachable as error:
        return str(error)
    if answer.status == 400 and (answer.json() or {}).get("code") != "onboarding_required":
        return f"{target['url']}: Home Assistant refuses the proxy (400): it is not among the trusted ones"
    if answer.status in (502, 503, 504):
        return f"{target['url']}: the proxy does not reach Home Assistant ({answer.status})"
    if answer.status == 403:
        return f"{target['url']}: refused (403): banned, or not allowed in by the proxy"
    if answer.status == 200 and "providers" in (answer.json() or {}):
        return None
    return f"{target['url']}: what answers ({answer.status}) is not Home Assistant"


def problems(targets):
    """Return what is wrong with some front doors."""
    return [found for found in (problem(target) for target in targets) if found]
