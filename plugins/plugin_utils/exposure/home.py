# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The home as the exposure of Home Assistant needs it: who is who, at which addresses, on which ports."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import replace

from ansible_collections.hearthwall.home.plugins.module_utils.ha import http_settings
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import (
    declared,
    firewall,
    from_policy,
    front_ends,
    plan,
)
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import Remembered, home_of, members_of, read
from ansible_collections.hearthwall.home.plugins.plugin_utils.snapshot_fact import unpack

SNAPSHOT = "hearthwall_snapshot"
LOOPBACK = ("127.0.0.1", "::1")


class Home:
    """One home of the inventory, seen from one of its hosts."""

    def __init__(self, task_vars, options):
        self.host = task_vars["inventory_hostname"]
        self.hostvars = Remembered(task_vars["hostvars"])
        self.options = options
        groups = task_vars["groups"]
        name = home_of(self.hostvars, self.host)
        self.members = members_of(name, self.hostvars, groups) if name else {}
        if self.host not in self.members:
            self.members[self.host] = set(task_vars.get("group_names") or ())
        own = unpack(task_vars.get("ansible_facts", {}).get(SNAPSHOT) or {})
        self._snapshots = {self.host: own} if own else {}
        described = read(self.hostvars, self.host, "hearthwall_policy")
        self.policy = load(described) if described else None

    def group(self, name):
        """Return the members of the home that are in a group."""
        return [host for host, groups in sorted(self.members.items()) if name in groups]

    def snapshot_of(self, host):
        """Return what this run has seen of a host; an empty snapshot where it has not looked."""
        if host not in self._snapshots:
            facts = read(self.hostvars, host, "ansible_facts")
            self._snapshots[host] = unpack((facts or {}).get(SNAPSHOT) or {})
        return self._snapshots[host]

    def part_of(self, host, part):
        return self.snapshot_of(host).get(part) or {}

    def addresses_of(self, host):
        """Return the addresses of a host: as declared or as Ansible reaches it; Home Assistant's host tells more."""
        found = list(read(self.hostvars, host, "exposure_addresses") or [])
        if not found:
            found = _resolved(read(self.hostvars, host, "ansible_host") or host)
        if "home_assistant" in self.members.get(host, ()):
            bridges = set(self.bridges_of(host))
            own = self.part_of(host, "ways_in").get("addresses") or []
            found += [
                entry["address"]
                for entry in own
                if entry["scope"] == "global" and not entry["temporary"] and entry["interface"] not in bridges
            ]
        return list(dict.fromkeys(found))

    def bridges_of(self, host):
        """Return the interfaces of a host that lead to its own containers."""
        own = self.part_of(host, "ways_in").get("addresses") or []
        return sorted({entry["interface"] for entry in own if firewall.leads_to_containers(entry["interface"])})

    def ways(self):
        """Return the declared ways in, those that the description implies included."""
        described = self.options["ways_in"]
        if self.policy:
            # One truth: what the internet reaches is the policy's to say.
            listed = from_policy.ways(self.policy, self._names()) + declared.ways(
                [entry for entry in described or [] if not declared.leads_from_wan(entry)], self.addresses_of
            )
        else:
            listed = declared.ways(self._front_door() if described is None else described, self.addresses_of)
        return listed + self._proxy_ways(listed)

    def _names(self):
        """Return {name in the policy: host of the inventory}."""
        found = {from_policy.host_of(self.policy, self.addresses_of(host)): host for host in self.members}
        found.pop(None, None)
        return found

    def _front_door(self):
        """Without a declaration the front door is the only way in: HTTPS, and HTTP for its redirect and ACME."""
        found = []
        for host in self.group("edge"):
            for variable, default, why in (
                ("reverse_proxy_https_port", 443, "Home Assistant through the reverse proxy"),
                ("reverse_proxy_http_port", 80, "redirect to HTTPS, and ACME's challenge"),
            ):
                given = read(self.hostvars, host, variable)
                port = default if given is None else int(given)
                if port:
                    found.append({"name": f"front door {port}", "from": "wan", "to": host, "port": port, "why": why})
        return found

    def frontends(self):
        """Return the hosts from which the requests of others arrive at Home Assistant."""
        found = self.group("edge")
        for host, groups in sorted(self.members.items()):
            if front_ends.of_host(groups, lambda variable, host=host: read(self.hostvars, host, variable)):
                found.append(host)
        return list(dict.fromkeys(found))

    def _proxy_ways(self, listed):
        """A proxy on a machine of its own reaches Home Assistant's port, and nobody else does because of it."""
        found = []
        for host in self.group("home_assistant"):
            origin = [
                str(ipaddress.ip_network(address))
                for edge in self.frontends()
                if edge != host
                for address in self.addresses_of(edge)
            ]
            if not origin:
                continue
            for port in self.own_ports(host):
                name = f"the proxy to port {port}"
                found.append(
                    declared.Way(name, tuple(origin), host, tuple(self.addresses_of(host)), port=port, to_port=port)
                )
        return [way for way in found if way.name not in {each.name for each in listed}]

    def own_ports(self, host):
        """Return the port that Home Assistant of a host listens on, as seen or as declared; none if neither."""
        listed = [self.part_of(host, "home_assistant").get("port"), (self.options.get("http") or {}).get("server_port")]
        return sorted({int(port) for port in listed if port})

    def ports(self, host):
        """Return the ports of a host that lead to its Home Assistant, those that a container publishes included."""
        found = set(self.own_ports(host))
        seen = self.part_of(host, "ways_in")
        for entry in [*(seen.get("forwards") or []), *(seen.get("relays") or [])]:
            if str(entry.get("to_port")).isdigit() and int(entry["to_port"]) in found and str(entry["port"]).isdigit():
                found.add(int(entry["port"]))
        return sorted(found)

    def services(self, snapshot):
        """Return what this host is to let in."""
        controller = (snapshot.get("ways_in") or {}).get("controller")
        return self._policy_services() + firewall.services(
            self.host,
            self.ways(),
            self.options["management"],
            self.options["management_ports"] or [controller["port"] if controller else 22],
            self.options["discovery"],
            self.options["host_services"],
        )

    def _has_wan(self):
        return self.policy is not None and self.policy.wan is not None

    def _policy_services(self):
        name = from_policy.host_of(self.policy, self.addresses_of(self.host)) if self.policy else None
        return from_policy.services(self.policy, name) if name else []

    def wish(self):
        """Return what the description says about the router."""
        hosts, ports, addresses = self.group("home_assistant"), set(), {}
        for host in hosts:
            addresses[host] = self.addresses_of(host)
            ports.update(self.ports(host))
            if not self.part_of(host, "ways_in") and len(hosts) == 1:
                # Not looked at in this run: the table of an earlier one knows.
                known = plan.remembered(self.part_of(self.host, "firewall").get("ruleset"))
                addresses[host] = list(dict.fromkeys([*addresses[host], *known[0]]))
                ports.update(known[1])
        return plan.Wish(
            ways=[replace(way, addresses=tuple(addresses.get(way.to, way.addresses))) for way in self.ways()],
            addresses=[address for host in hosts for address in addresses[host]],
            ports=sorted(ports),
            wan=list(self.options["wan_interfaces"]) or list(self.policy.wan.interfaces if self._has_wan() else ()),
            upnp=self.options["upnp"],
        )

    def proxies_of(self, host):
        """Return the addresses from which the front door's requests arrive at Home Assistant, exactly."""
        found = []
        for edge in self.frontends():
            if edge != host:
                found += self.addresses_of(edge)
            elif self.behind_bridge(host):
                found += self._gateways(host)
            else:
                found += LOOPBACK
        return list(dict.fromkeys(found))

    def behind_bridge(self, host):
        """Return whether Home Assistant runs in a container that is reached through a published port."""
        own = set(self.own_ports(host))
        seen = self.part_of(host, "ways_in")
        published = [*(seen.get("forwards") or []), *(seen.get("relays") or [])]
        return self.part_of(host, "home_assistant").get("install") == "container" and any(
            str(entry.get("to_port")).isdigit() and int(entry["to_port"]) in own for entry in published
        )

    def _gateways(self, host):
        own = self.part_of(host, "ways_in").get("addresses") or []
        return [
            entry["address"]
            for entry in own
            if firewall.leads_to_containers(entry["interface"]) and entry["scope"] == "global"
        ]

    def http(self, host):
        """Return the HTTP settings that follow from where the proxy stands; `exposure_http` goes first."""
        settings = {
            "ip_ban_enabled": True,
            "login_attempts_threshold": 5,
            "use_x_frame_options": True,
            # What Home Assistant itself assumes: casting to a screen needs it.
            "cors_allowed_origins": list(http_settings.DEFAULT_CORS),
        }
        proxies = self.proxies_of(host)
        if proxies:
            settings.update(use_x_forwarded_for=True, trusted_proxies=proxies)
        if proxies and set(proxies) <= set(LOOPBACK) and not self._direct(host):
            settings["server_host"] = list(LOOPBACK)
        return {**settings, **(self.options["http"] or {})}

    def verify_urls(self, host):
        """Return the front doors that have to lead to Home Assistant before its new settings count.

        Those with a certificate that only a private authority vouches for have to be declared, with that authority.
        """
        found = []
        for edge in self.group("edge"):
            name = read(self.hostvars, edge, "reverse_proxy_server_name")
            private = (read(self.hostvars, edge, "reverse_proxy_acme") or {}).get("directory_url")
            source = read(self.hostvars, edge, "reverse_proxy_certificate_source") or "acme"
            port = int(read(self.hostvars, edge, "reverse_proxy_https_port") or 443)
            addresses = [LOOPBACK[0]] if edge == host else self.addresses_of(edge)
            if name and source == "acme" and not private and addresses:
                url = f"https://{name}/" if port == 443 else f"https://{name}:{port}/"
                found.append({"url": url, "resolve": addresses[0]})
        return found

    def _direct(self, host):
        """Return whether a declared way leads to Home Assistant's own port, past the proxy."""
        ports = set(self.own_ports(host))
        return any(way.to == host and way.to_port in ports for way in self.ways())


def _resolved(name):
    """Return the addresses of a name as the controller resolves it."""
    try:
        return [str(ipaddress.ip_address(name))]
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return list(dict.fromkeys(entry[4][0].split("%")[0] for entry in found))
