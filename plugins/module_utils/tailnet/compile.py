# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tailnet's policy file that follows from the home's network policy: its zone of the kind tailnet, as grants.

The zone is the devices of the home's people, and those that the policy names in it. Where the home has no policy,
people reach what is served to them, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.policy import model
from ansible_collections.hearthwall.home.plugins.module_utils.policy.openings import openings
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet import tests
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet.reading import ANYTHING

PEOPLE = "group:home"
# What a link needs, and nothing of which travels through a tailnet.
LINK = ("hearthwall_policy.router.dhcp", "hearthwall_policy.reflect")


@dataclass(frozen=True)
class Node:
    """The home's own device in the tailnet, and what is declared of it."""

    tag: str
    serves: int = 0  # the port on which it serves Home Assistant; 0 for none
    host: str | None = None  # its name in the home's policy
    routes: tuple = ()  # what it leads to, as networks
    exit_node: bool = False


def document(policy, node, people, owners=("autogroup:admin",), ssh_users=()):
    """Return the policy file as data. ``policy`` is the home's, or None."""
    compiler = _Compiler(policy, node)
    grants = compiler.grants()
    found = {
        "groups": {PEOPLE: sorted(people)},
        "tagOwners": {node.tag: sorted(owners)},
        "hosts": dict(sorted(compiler.hosts.items())),
        "ipsets": compiler.ipsets,
        "grants": grants,
        "autoApprovers": {
            "routes": {str(route): [node.tag] for route in node.routes},
            "exitNode": [node.tag] if node.exit_node else [],
        },
        "nodeAttrs": [],
        "ssh": _ssh(node, ssh_users),
    }
    found["tests"] = tests.network(found, people, node)
    found["sshTests"] = tests.ssh(node, people, ssh_users)
    return found


def _ssh(node, users):
    """Tailscale SSH, where it is wanted at all, asks who is there every time."""
    if not users:
        return []
    return [{"action": "check", "src": [PEOPLE], "dst": [node.tag], "users": sorted(users), "checkPeriod": "always"}]


class _Compiler:
    def __init__(self, policy, node):
        self._policy, self._node = policy, node
        self.hosts, self.ipsets = {}, {}

    def grants(self):
        if self._policy is None:
            return [_grant([PEOPLE], [self._node.tag], [f"tcp:{self._node.serves}"])] if self._node.serves else []
        found = {}
        for opening in openings(self._policy):
            if opening.key.startswith(LINK):
                continue
            sources = self._sources(opening.source)
            targets = self._targets(opening.destination) if sources else []
            if targets:
                # One opening of the policy is one grant, however many services it names.
                listed = found.setdefault((tuple(sources), tuple(targets)), [])
                listed += [each for each in _ports(opening.services) if each not in listed]
        return [_grant(sources, targets, listed) for (sources, targets), listed in found.items()]

    def _sources(self, end):
        """Return who in the tailnet an end is; empty for whoever is not in it."""
        if end.kind == "host" and end.name == self._node.host:
            return [self._node.tag]
        if end.kind == model.ROUTER or self._policy.zones[end.zone].kind != model.TAILNET:
            return []
        return self._addresses(end.name) if end.kind == "host" else self._zone(end.zone)

    def _zone(self, name):
        """The zone is the people's devices, and those that are named in it, whoever's they are."""
        named = [each.name for each in self._policy.hosts.values() if each.zone == name]
        return [PEOPLE, *(alias for host in named for alias in self._addresses(host))]

    def _targets(self, end):
        if end.kind == model.ROUTER:
            return self._aliases("router", self._of_router())
        if end.kind == model.INTERNET:
            return self._set("internet", ["autogroup:internet"], self._inside())
        zone = self._policy.zones[end.zone]
        if end.kind == "host":
            return self._host(end.name)
        if zone.kind == model.TAILNET:
            return self._zone(zone.name)
        if zone.kind == model.WAN:
            return self._set(zone.name, ["0.0.0.0/0", "::/0"], self._inside())
        mine = [name for name, host in self._policy.hosts.items() if host.zone == zone.name and name == self._node.host]
        return [*([self._node.tag] if mine else []), *self._set(zone.name, zone.networks)]

    def _host(self, name):
        if name != self._node.host:
            return self._addresses(name)
        # In the tailnet it is itself; at home it is only what it leads to.
        led = {str(route.network_address) for route in self._node.routes}
        addresses = [each for each in self._policy.hosts[name].addresses if str(each) in led]
        return [self._node.tag, *self._aliases(name, addresses)]

    def _addresses(self, name):
        return self._aliases(name, self._policy.hosts[name].addresses)

    def _of_router(self):
        zones = self._policy.zones.values()
        return [address for zone in zones for address in (zone.address4, zone.address6) if address]

    def _aliases(self, name, addresses):
        """Name addresses, for a name says in a report what an address does not."""
        found = []
        for number, address in enumerate(dict.fromkeys(addresses)):
            alias = f"home-{name.replace('_', '-')}" + (f"-{number + 1}" if len(addresses) > 1 else "")
            self.hosts[alias] = str(address)
            found.append(alias)
        return found

    def _set(self, name, added, removed=()):
        """Name ranges, without what is in them and is something else: the router, and what is at home."""
        own = [each for each in self._of_router() if any(each in net for net in added if not isinstance(net, str))]
        key = f"ipset:home-{name.replace('_', '-')}"
        self.ipsets[key] = [*(f"add {each}" for each in added), *(f"remove {each}" for each in (*removed, *own))]
        return [key]

    def _inside(self):
        """An address of the home is not on the internet, though a provider may have given it out."""
        networks = [network for zone in self._policy.inside for network in zone.networks]
        return [*networks, *(each for each in self._of_router() if not any(each in network for network in networks))]


def _grant(sources, targets, listed):
    return {"src": list(sources), "dst": list(targets), "ip": [ANYTHING] if ANYTHING in listed else list(listed)}


def _ports(services):
    for service in services:
        for ports in service.ports:
            if ports.protocol == model.ANY:
                yield ANYTHING
            elif ports.protocol == model.PING:
                yield from ("icmp:*", "ipv6-icmp:*")
            elif (ports.low, ports.high) in ((0, 65535), (1, 65535)):
                yield f"{ports.protocol}:*"
            else:
                yield f"{ports.protocol}:{ports.low}" + (f"-{ports.high}" if ports.high != ports.low else "")
