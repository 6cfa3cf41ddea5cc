# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who comes in through the tailnet, and whether the rest of the description knows of it. Keys are never told."""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.hearthwall.home.plugins.module_utils.description import formats
from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import on, problem

POLICY = "hearthwall_policy"
TAG = re.compile(r"tag:[A-Za-z][A-Za-z0-9-]*\Z")
FINGERPRINT = re.compile(r"[0-9A-Fa-f]{40}\Z")
# {variable: what such a key begins with}
KEYS = {"tailscale_auth_key": "tskey-auth-", "tailscale_oauth_secret": "tskey-client-"}
ZONE = "{interface: tailscale0, kind: tailnet, cidr4: 100.64.0.0/10, cidr6: 'fd7a:115c:a1e0::/48', intra: isolate}"


def check(home):
    found = []
    for host in home.group("tailscale"):
        for rule in (_keys, _tags, _people, _routes, _policy, _serve, _origin):
            found += on(host, rule(host, home))
    return found


def _keys(host, _home):
    given = [name for name in KEYS if host.get(name)]
    if len(given) > 1:
        yield problem(given[1], f"is given beside {given[0]}: which of the two to use is not clear", "Keep one.")
    for name in given:
        if not str(host.get(name)).startswith(KEYS[name]):
            yield problem(name, f"is no such key: one begins with {KEYS[name]}", "Make one in the admin console.")


def _tags(host, _home):
    tags = host.get("tailscale_tags") or []
    if not tags:
        yield problem(
            "tailscale_tags", "is empty: a device without a tag is a person's, and its key expires", "Use [tag:ha]."
        )
    for number, each in enumerate(tags):
        if not TAG.match(str(each)):
            yield problem(f"tailscale_tags[{number}]", f"{each!r} is no tag", "Write it as tag:ha.")


def _people(host, _home):
    people = host.get("tailscale_people") or []
    if not people:
        yield problem("tailscale_people", "is missing: nobody could come in", "Name who may, as they log in.")
    for number, each in enumerate(people):
        if "@" not in str(each) or str(each).startswith(("group:", "autogroup:")):
            fix = "Use the name that they log in to Tailscale with, such as anna@example.org."
            yield problem(f"tailscale_people[{number}]", f"{each!r} is nobody's login", fix)


def _routes(host, home):
    for number, each in enumerate(host.get("tailscale_routes") or []):
        where = f"tailscale_routes[{number}]"
        if formats.network(str(each)):
            yield problem(where, f"{each!r} {formats.network(str(each))}", "Use 10.0.40.10/32.")
            continue
        network = ipaddress.ip_network(each)
        own = _own_addresses(home)
        if network.num_addresses > 1:
            yield problem(where, f"{each} leads to more than Home Assistant", "Use its own address, as 10.0.40.10/32.")
        elif own and str(network.network_address) not in own:
            yield problem(where, f"{each} is no address of Home Assistant", f"Use {', '.join(sorted(own))}.")


def _own_addresses(home):
    found = set()
    for host in home.group("home_assistant"):
        listed = host.get("exposure_addresses") or [host.address]
        found |= {str(each) for each in listed if formats.address(str(each)) is None}
        declared = host.get(POLICY)
        hosts = declared.get("hosts") if isinstance(declared, dict) else None
        for each in hosts.values() if isinstance(hosts, dict) else ():
            mine = {str(each[key]) for key in ("ip4", "ip6") if isinstance(each, dict) and each.get(key)}
            found |= mine if mine & found else set()
    return found


def _policy(host, _home):
    declared = host.get(POLICY)
    zones = declared.get("zones") if isinstance(declared, dict) else None
    if not isinstance(zones, dict):
        return
    kinds = [name for name, zone in zones.items() if isinstance(zone, dict) and zone.get("kind") == "tailnet"]
    if not kinds:
        fix = f"Add a zone {ZONE}, and a flow from it to Home Assistant."
        yield problem(f"{POLICY}.zones", "has no zone of the kind tailnet, so nobody would come in through it", fix)
    for name in kinds[1:]:
        yield problem(f"{POLICY}.zones.{name}", f"is a second tailnet beside {kinds[0]}", "Join the two.")


def _serve(host, _home):
    elsewhere = "home_assistant" not in host.groups and not host.get("tailscale_serve_target")
    if host.get("tailscale_serve") is True and elsewhere:
        fix = "Name it, as http://10.0.40.10:8123, or put Home Assistant's own host into the group."
        yield problem("tailscale_serve_target", "is missing: Home Assistant is not on this host", fix)


def _origin(host, _home):
    fingerprint = str(host.get("tailscale_signing_key_fingerprint") or "").replace(" ", "")
    if fingerprint and not FINGERPRINT.match(fingerprint):
        yield problem("tailscale_signing_key_fingerprint", "is no fingerprint", "Give its 40 hexadecimal digits.")
    api = host.get("tailscale_api") or {}
    if isinstance(api, dict) and api:
        both = bool(api.get("client_id")) != bool(api.get("client_secret"))
        if both or bool(api.get("token")) == bool(api.get("client_secret")):
            yield problem("tailscale_api", "has no one way to log in", "Give token, or client_id and client_secret.")
    if host.get("tailscale_policy_push") is True and not api:
        yield problem("tailscale_api", "is missing: nothing can be pushed without it", "Give it, from the vault.")
