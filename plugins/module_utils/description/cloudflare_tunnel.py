# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Cloudflare Tunnel: what it is run with, and whether what it leads to knows of it."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.cloudflare import credentials
from ansible_collections.hearthwall.home.plugins.module_utils.description import formats
from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import found_on, problem

TOKEN, FILE, NAME = "cloudflare_tunnel_token", "cloudflare_tunnel_credentials", "cloudflare_tunnel_hostname"
ORIGIN, PATHS = "cloudflare_tunnel_origin", "cloudflare_tunnel_access_bypass"


def check(home):
    return found_on(home.group("cloudflare_tunnel"), [_run_with, _name, _origin, _paths])


def _run_with(host):
    token, held = host.get(TOKEN), host.get(FILE)
    if token and held:
        yield problem(TOKEN, f"is given beside {FILE}: which of the two to use is not clear", "Keep one of them.")
    elif not token and not held:
        yield problem(TOKEN, "is missing: there is nothing to run the tunnel with", "Give the token, from the vault.")
    else:
        try:
            credentials.of_token(token) if token else credentials.of_file(held)
        except credentials.Unusable as error:
            yield problem(TOKEN if token else FILE, str(error), "Give it again, from the vault.")


def _name(host):
    name = host.get(NAME)
    if not isinstance(name, str):
        return
    if formats.host_name(name):
        yield problem(NAME, f"{name!r} {formats.host_name(name)}", "Use a name such as ha.example.org.")
    elif leads_to_proxy(host):
        known = [host.get("reverse_proxy_server_name"), *(host.get("reverse_proxy_server_aliases") or ())]
        if "edge" not in host.groups:
            fix = "Put it into the group edge, or set cloudflare_tunnel_target: home_assistant."
            yield problem("cloudflare_tunnel_target", "is proxy, and this host has none", fix)
        elif name not in known:
            fix = f"Add it to reverse_proxy_server_aliases, or use {known[0]}."
            yield problem(NAME, f"{name} is not known to the proxy, which refuses it", fix)


def leads_to_proxy(host):
    target = host.get("cloudflare_tunnel_target", "auto")
    return target == "proxy" or (target == "auto" and "edge" in host.groups)


def _origin(host):
    if (host.get(ORIGIN) or {}).get("noTLSVerify"):
        fix = "Leave it out; name the authority in caPool where it is a private one."
        yield problem(f"{ORIGIN}.noTLSVerify", "lets anybody on the way pass for the proxy", fix)


def _paths(host):
    for number, path in enumerate(host.get(PATHS) or ()):
        if not isinstance(path, str) or not path.strip("/*"):
            yield problem(f"{PATHS}[{number}]", f"{path!r} is the whole site", "Name a path such as /api/webhook.")
